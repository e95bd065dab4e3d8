# What R `surveillance` 1.20 says of series.csv and of its own data sets: `Rscript expected.R` in this
# folder writes expected.csv and datasets.csv. Debian: r-cran-surveillance. No test needs it.
suppressMessages(library(surveillance))
stopifnot(startsWith(as.character(packageVersion("surveillance")), "1.20"))
scored <- 5
numbers <- function(text) as.numeric(strsplit(text, " ")[[1]])
quiet <- function(x) tryCatch(suppressMessages(suppressWarnings({
  capture.output(r <- x)
  r
})), error = function(e) NULL)
one <- function(result) if (is.null(result)) c(NA, NA) else c(result@upperbound[1, 1], result@alarm[1, 1])

judge <- function(s) {
  y <- numbers(s$counts); n <- length(y)
  pop <- if (is.na(s$population) || s$population == "") rep(1, n) else numbers(s$population)
  dated <- !is.na(s$first) && s$first != ""
  x <- if (dated) {
    sts(y, epoch = as.numeric(as.Date(s$first)) + 7 * (seq_len(n) - 1), epochAsDate = TRUE,
        frequency = 52, population = matrix(pop))
  } else sts(y, start = c(2000, 1), frequency = 52, population = matrix(pop))
  offset <- !all(pop == 1)
  mu <- mean(y) * (1 + 0.3 * sin(2 * pi * seq_len(n) / 52)) + 0.01
  last <- (n - 29):n
  dp <- suppressWarnings(create.disProg(week = seq_along(last), observed = y[last],
                       state = rep(0, length(last)), freq = 52, start = c(2000, 1)))
  chart <- function(...) quiet(algo.glrnb(dp, control = list(range = seq_along(last),
    mu0 = mu[last], c.ARL = 5, ret = "value", ...)))
  glr <- chart(alpha = 0.4); within <- chart(alpha = 0.4, M = 10)
  poisson <- chart(alpha = 0); cusum <- chart(alpha = 0.4, theta = 0.7)
  # earsC's C3 has NA for a single week, so all are asked for at once
  ears <- lapply(c("C1", "C2", "C3"), function(how) quiet(earsC(x, control = list(
    range = (n - scored + 1):n, method = how, alpha = s$alpha))))
  do.call(rbind, lapply((n - scored + 1):n, function(k) {
    out <- c(k = k)
    for (how in c("delta", "nbPlugin", "muan")) {
      r <- quiet(farringtonFlexible(x, control = list(range = k, b = s$b, w = s$w, alpha = s$alpha,
        noPeriods = s$noPeriods, pastWeeksNotIncluded = s$past, pThresholdTrend = s$pThreshold,
        reweight = s$weights > 0, weightsThreshold = s$weights, limit54 = c(s$cases, s$period),
        powertrans = s$power, thresholdMethod = how, populationOffset = offset)))
      values <- if (is.null(r)) c(NA, NA, NA, NA) else
        c(one(r), r@control$expected[1, 1], r@control$phiVector[1, 1])
      names(values) <- paste(how, c("upper", "alarm", "expected", "phi"), sep = "_")
      out <- c(out, values)
    }
    r <- quiet(farrington(x, control = list(range = k, b = s$b, w = s$w, alpha = s$alpha,
      reweight = s$weights > 0, limit54 = c(s$cases, s$period), powertrans = s$power,
      fitFun = if (offset) "algo.farrington.fitGLM.populationOffset" else "algo.farrington.fitGLM.fast"), verbose = FALSE))
    out <- c(out, setNames(one(r), c("original_upper", "original_alarm")))
    for (how in 1:3) {
      at <- k - n + scored
      values <- c(ears[[how]]@upperbound[at, 1], ears[[how]]@alarm[at, 1])
      out <- c(out, setNames(values, paste0("C", how, c("_upper", "_alarm"))))
    }
    years <- min(s$b, 4)
    r <- quiet(bayes(x, control = list(range = k, b = years, w = s$w, actY = TRUE, alpha = s$alpha)))
    out <- c(out, setNames(one(r), c("bayes_upper", "bayes_alarm")))
    r <- quiet(rki(x, control = list(range = k, b = years, w = s$w, actY = TRUE)))
    out <- c(out, setNames(one(r), c("rki_upper", "rki_alarm")))
    at <- k - last[1] + 1
    both <- function(g) if (is.null(g)) c(NA, NA) else c(g$upperbound[at], g$alarm[at])
    charts <- list(glr = glr, within = within, poisson = poisson, cusum = cusum)
    for (name in names(charts)) {
      out <- c(out, setNames(both(charts[[name]]), c(name, paste0(name, "_alarm"))))
    }
    out
  }))
}

# Univariate or with few columns; not salmonella.agona, salmNewport, rotaBB, ha and husO104Hosp.
names <- c("k1", "m1", "m2", "m3", "m4", "m5", "n1", "n2", "q1_nrwh", "q2", "s1", "s2", "s3",
           "h1_nrwrp", "shadar", "hepatitisA", "influMen", "meningo.age", "measlesDE", "measles.weser",
           "measlesWeserEms", "momo", "abattoir", "fluBYBW", "campyDE", "salmAllOnset", "salmHospitalized")
columns <- function(name) {
  data(list = name, package = "surveillance", envir = environment()); d <- get(name)
  y <- if (is(d, "sts")) observed(d) else if (name == "campyDE") d$case else d$observed
  y <- as.matrix(y)
  if (is(d, "sts") && d@freq != 52 || nrow(y) < 70) return(NULL)
  y <- y[, order(-colSums(y))[seq_len(min(4, ncol(y)))], drop = FALSE]
  y <- tail(y, 340)
  lapply(seq_len(ncol(y)), function(j) data.frame(id = paste(name, j, sep = "."),
    b = min(5, (nrow(y) - scored - 5) %/% 52), w = 3, alpha = 0.005, noPeriods = 10, past = 26,
    pThreshold = 0.05, weights = 2.58, cases = 0, period = 4, power = "2/3", first = "",
    counts = paste(y[, j], collapse = " "), population = ""))
}
datasets <- do.call(rbind, unlist(lapply(names, columns), recursive = FALSE))
write.csv(datasets, "datasets.csv", row.names = FALSE, quote = FALSE)
series <- rbind(read.csv("series.csv"), datasets)
found <- do.call(rbind, lapply(seq_len(nrow(series)), function(i) {
  data.frame(id = series$id[i], judge(series[i, ]))
}))
for (name in names(found)[-(1:2)]) {
  v <- found[[name]]
  found[[name]] <- ifelse(is.na(v), "", formatC(v, digits = 10, format = "g"))
}
write.csv(found, "expected.csv", row.names = FALSE, quote = FALSE)
