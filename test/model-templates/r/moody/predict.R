source("moods.R")

load_model <- function(model_dir) {
  cat("loaded\n")
  list(moods = moods)
}

# Behave as the first record with a mood says; else answer how many records came.
predict_model <- function(inputs, loaded) {
  for (record in inputs$mood) {
    parts <- regmatches(record, regexpr(":", record), invert = TRUE)[[1]]
    behave <- loaded$moods[[parts[[1]]]]
    if (!is.null(behave)) {
      return(behave(inputs$mood, if (length(parts) > 1) parts[[2]] else ""))
    }
  }
  rep(nrow(inputs), nrow(inputs))
}
