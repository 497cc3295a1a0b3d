# A crate of MLflow: a function and all that it needs, in a raw vector in a file of saveRDS. It is called with the table of
# the request, as MLflow calls it, and neither MLflow nor carrier is needed for that.

crated_model <- function(model_dir, version) {
  crate <- readRDS(file.path(model_dir, version$entry))
  if (is.raw(crate)) crate <- unserialize(crate)
  if (!is.function(crate)) cannot_load(version$entry, " holds no function in a crate: save it by MLflow anew, or bring a predict.R")
  function(inputs) crate(inputs)
}
