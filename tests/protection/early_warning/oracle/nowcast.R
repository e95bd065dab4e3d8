# What R `surveillance` 1.20's nowcast(method = "lawless") says of events that are drawn here:
# `Rscript nowcast.R` in this folder writes events.csv and nowcast.csv. No test needs it.
suppressMessages(library(surveillance))
set.seed(20261129)
days <- 60; first <- as.Date("2024-01-01")
event <- rep(0:(days - 1), rpois(days, 6 + 4 * sin(0:(days - 1) / 9)))
report <- event + pmin(rnbinom(length(event), mu = 3, size = 1.5), 20)
write.csv(data.frame(event, report), "events.csv", row.names = FALSE)
d <- data.frame(dHospital = first + event, dReport = first + report)
now <- first + 54
found <- do.call(rbind, lapply(list(list(12, NULL), list(12, 20), list(8, 30)), function(s) {
  invisible(capture.output(r <- suppressMessages(suppressWarnings(nowcast(now = now, when = seq(first + 38, now, by = 1),
    data = d, method = "lawless", D = s[[1]], m = s[[2]], m.interpretation = "lawless1994",
    control = list(dRange = c(first, now), N.tInf.max = 300))))))
  at <- 39:55
  data.frame(longest = s[[1]], window = if (is.null(s[[2]])) "" else s[[2]], day = at - 1,
    share = format(rev(r@delayCDF[["lawless"]])[at], digits = 15), middle = r@upperbound[at, 1],
    low = r@pi[at, 1, 1], high = r@pi[at, 1, 2])
}))
write.csv(found, "nowcast.csv", row.names = FALSE, quote = FALSE)
