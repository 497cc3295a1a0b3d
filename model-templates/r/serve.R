# The server of the `r` runtime: the same file in a container and on a laptop, started by serve.sh.
#
# The model in MODEL_DIR answers POST /invocations on port 8080. It is loaded before anything is listened to; then GET
# /ping says 200. If it cannot be loaded, one line of the log says why, and the process ends with 1.
#
# A request is canonical JSON, {"inputs": {"name": [one value a record, ...]}}; an answer is {"predictions": [one entry a
# record, ...]}: the bare value of a single output, an object by name of several. Numbers that JSON cannot carry are
# null. Many requests at once come as application/x-ndjson, one a line.

local({
  here <- dirname(sub("^--file=", "", grep("^--file=", commandArgs(), value = TRUE)[[1]]))
  # What the server is made of is nobody's to see: a predict.R may use any name.
  serving <- new.env(parent = baseenv())
  for (file in list.files(file.path(here, "sluice_serving"), "[.]R$", full.names = TRUE)) {
    sys.source(file, serving, keep.source = FALSE)
  }
  serving$serve(commandArgs(trailingOnly = TRUE))
})
