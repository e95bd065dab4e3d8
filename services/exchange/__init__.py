"""The exchange with partner ministries: agreements, streams, referrals and their answers."""
