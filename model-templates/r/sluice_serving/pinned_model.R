# A model of vetiver in a file that pins has written: the model and the prototype of what it takes, answered as vetiver's
# own handlers answer it, without vetiver.

pinned_model <- function(model_dir, version) {
  pinned <- readRDS(file.path(model_dir, version$entry))
  if (!is.list(pinned) || is.null(pinned[["model"]])) {
    cannot_load(version$entry, " holds no model of vetiver: write it with vetiver_pin_write(), or bring a predict.R")
  }
  needed <- c(pinned[["required_pkgs"]], packages_told(file.path(model_dir, dirname(version$entry), "data.txt")))
  for (package in unique(as.character(needed))) library(package, character.only = TRUE, quietly = TRUE)
  model <- pinned[["model"]]
  if (inherits(model, "bundle")) model <- bundle::unbundle(model)
  prototype <- if (is.null(pinned[["prototype"]])) pinned[["ptype"]] else pinned[["prototype"]]
  outputs <- vapply(version$outputs, function(output) output$name, "")
  handler <- handler_of(model, outputs)
  function(inputs) handler(as_prototype(inputs, prototype))
}

# The packages that data.txt says are needed: a name, or a list of them, as pins writes YAML.
packages_told <- function(path) {
  lines <- if (file.exists(path)) readLines(path, warn = FALSE, encoding = "UTF-8") else character()
  at <- grep("^  required_pkgs:", lines)
  if (length(at) != 1L) {
    return(character())
  }
  items <- grepl("^  - ", lines)
  after <- seq_along(lines) > at
  listed <- lines[after & items & cumsum(after & !items) == 0L]
  told <- c(sub("^  required_pkgs:", "", lines[[at]]), sub("^  - ", "", listed))
  told <- gsub("^[ '\"[]+|[] '\"]+$", "", unlist(strsplit(told, ",", fixed = TRUE)))
  told[grepl("^[A-Za-z][A-Za-z0-9.]*$", told)]
}

# How a model is asked, by its class. Columns keep the names that vetiver gives them.
handler_of <- function(model, outputs) {
  if (inherits(model, "ranger")) {
    return(function(data) list(.pred = stats::predict(model, data = data)$predictions))
  }
  if (inherits(model, "xgb.Booster")) {
    return(function(data) list(.pred = stats::predict(model, xgboost::xgb.DMatrix(as.matrix(data)))))
  }
  if (inherits(model, c("workflow", "model_fit", "model_stack"))) {
    return(function(data) stats::predict(model, new_data = data))
  }
  if ("response" %in% outputs && inherits(model, c("glm", "gam"))) {
    return(function(data) {
      list(
        .pred = as.vector(stats::predict(model, newdata = data)),
        response = as.vector(stats::predict(model, newdata = data, type = "response"))
      )
    })
  }
  function(data) list(.pred = one_dimension(stats::predict(model, newdata = data)))
}

# mgcv gives an array of one dimension.
one_dimension <- function(answer) if (length(dim(answer)) == 1L) as.vector(answer) else answer

# The inputs in the classes and levels that the model was trained with.
as_prototype <- function(inputs, prototype) {
  if (is.null(prototype)) {
    return(inputs)
  }
  for (name in names(prototype)) {
    if (is.null(inputs[[name]])) bad_request("input ", name, " is missing")
    inputs[[name]] <- as_class(inputs[[name]], prototype[[name]], name)
  }
  inputs[names(prototype)]
}

as_class <- function(column, wanted, name) {
  if (is.factor(wanted)) {
    return(factor(as.character(column), levels = levels(wanted), ordered = is.ordered(wanted)))
  }
  if (inherits(wanted, "Date")) {
    return(in_time(as.Date(column, format = "%Y-%m-%d"), column, name, "a date as 2026-03-01"))
  }
  if (inherits(wanted, "POSIXt")) {
    moment <- as.POSIXct(sub("Z$", "", column), tz = "UTC", format = "%Y-%m-%dT%H:%M:%OS")
    return(in_time(moment, column, name, "a moment as 2026-03-01T10:00:00Z"))
  }
  if (is.integer(wanted)) as.integer(column) else if (is.double(wanted)) as.double(column) else column
}

in_time <- function(found, column, name, wanted) {
  wrong <- which(is.na(found))
  if (length(wrong) > 0L) bad_request("input ", name, ", record ", wrong[[1]] - 1L, ": '", column[[wrong[[1]]]], "' is not ", wanted)
  found
}
