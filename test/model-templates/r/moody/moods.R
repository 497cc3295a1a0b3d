# What a prediction may do besides answering. Each is given the records and what follows its name.
moods <- list(
  "one too few" = function(records, rest) records[-1],
  "nothing" = function(records, rest) NULL,
  "a function" = function(records, rest) rep(list(sum), length(records)),
  # R has no integers beyond 2^53: it says them as texts.
  "numbers" = function(records, rest) {
    rep(list(list(NaN, Inf, 2^53 - 1, "9007199254740992", "-1152921504606846976")), length(records))
  },
  "fail" = function(records, rest) {
    none <- list()
    none[["tenure"]] + tenure
  },
  "look away" = function(records, rest) {
    readRDS("/somewhere/else/weights.rds")
  },
  "leave" = function(records, rest) {
    quit(status = 3)
  },
  "fail by name" = function(records, rest) {
    stop(structure(class = c("too_young", "error", "condition"), list(message = "it is 3", call = NULL)))
  },
  "need a package" = function(records, rest) {
    library(absent.package)
  },
  "never stop" = function(records, rest) {
    round_and_round <- function(n) round_and_round(n + 1)
    round_and_round(1)
  },
  "turn away" = function(records, rest) {
    sink(tempfile())
    stop("after a sink")
  },
  "wait" = function(records, rest) {
    cat("waits for ", rest, "\n", sep = "")
    while (!file.exists(rest)) Sys.sleep(0.01)
    rep(1, length(records))
  },
  "say" = function(records, rest) {
    cat(rest, "\n", sep = "")
    message(rest, " wrongly")
    records
  },
  "hang" = function(records, rest) {
    cat("hangs\n")
    repeat NULL
  }
)
