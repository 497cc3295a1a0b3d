# How long a car takes to stop, by its speed: fitted as the server starts, on data that comes with R.
load_model <- function(model_dir) {
  stats::lm(dist ~ speed, data = datasets::cars)
}

# `inputs` is a data frame with one row a record; one value each is the answer.
predict_model <- function(inputs, model) {
  predict(model, newdata = inputs)
}
