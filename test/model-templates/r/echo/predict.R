# Answers with what it was given, and of what class each column was.
predict_model <- function(inputs) {
  given <- paste(names(inputs), vapply(inputs, function(column) class(column)[[1]], ""))
  echoed <- stats::setNames(inputs, paste0("echo_", names(inputs)))
  echoed$given <- rep(list(given), nrow(inputs))
  echoed
}
