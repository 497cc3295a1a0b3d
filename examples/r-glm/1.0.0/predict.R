# How many breaks to expect on a loom: a Poisson model, as glm() has fitted it.
load_model <- function(model_dir) {
  readRDS(file.path(model_dir, "model.rds"))
}

# `inputs` is a data frame with one row a record; `wool` and `tension` are factors with the levels of model.yaml.
predict_model <- function(inputs, model) {
  predict(model, newdata = inputs, type = "response")
}
