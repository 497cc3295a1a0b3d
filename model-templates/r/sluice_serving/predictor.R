# The loaded model, whatever its kind: columns in, one text of JSON a record out.

load_predictor <- function(version_file, model_dir) {
  version <- read_version(version_file, model_dir)
  model <- if (endsWith(version$entry, ".rds")) {
    pinned_model(model_dir, version)
  } else if (identical(version$layout, "mlflow")) {
    crated_model(model_dir, version)
  } else {
    own_model(model_dir, version$entry)
  }
  list(
    model_dir = model_dir,
    read = function(inputs) read_columns(version$inputs, inputs),
    # @param failed is given what went wrong and its place; what it returns is returned
    predict = function(columns, records, failed) {
      guarded(predictions_of(model(frame_of(columns, records)), version$outputs, records), failed, model_dir)
    }
  )
}
