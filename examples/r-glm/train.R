# Train examples/r-glm/1.0.0: how often the yarn breaks on a loom, by wool and tension, of the data set warpbreaks that comes
# with R (Tippett 1950). Run it here: Rscript train.R
model <- glm(breaks ~ wool * tension, family = poisson, data = warpbreaks)
# What predicting does not need, and what would tell where it was trained.
model[c("model", "y", "data", "residuals", "fitted.values", "effects", "weights", "prior.weights", "linear.predictors")] <- NULL
attr(model$terms, ".Environment") <- globalenv()
attr(model$formula, ".Environment") <- globalenv()
model$call <- quote(glm(breaks ~ wool * tension, family = poisson, data = warpbreaks))
saveRDS(model, "1.0.0/model.rds")

rows <- data.frame(wool = c("A", "A", "B"), tension = c("L", "H", "M"))
expected <- predict(model, rows, type = "response")
for (at in seq_len(nrow(rows))) {
  name <- c("first", "second", "third")[[at]]
  writeLines(
    sprintf('{"wool": "%s", "tension": "%s"}', rows$wool[[at]], rows$tension[[at]]),
    sprintf("1.0.0/examples/%s.json", name)
  )
  writeLines(sprintf('{"predictions": [%.15g]}', expected[[at]]), sprintf("1.0.0/examples/%s.expected.json", name))
}
