# Make one model of R in a folder, and print what R itself answers for rows of it. Rscript r_models.R FORM FOLDER
#
# A pin is written as vetiver 0.2 and pins 1 write it (an .rds of version 2 with the model and its prototype, and a data.txt),
# by base R: the packages themselves were not to be had.
suppressMessages(library(ranger))
arguments <- commandArgs(trailingOnly = TRUE)
form <- arguments[[1]]
folder <- arguments[[2]]
set.seed(7)

cars <- transform(mtcars, gear = factor(gear), vs = vs == 1, cyl = as.integer(cyl), maker = sub(" .*", "", rownames(mtcars)))
cars$maker[!cars$maker %in% c("Merc", "Toyota", "Fiat")] <- "other"
rownames(cars) <- NULL
rows <- cars[seq(1, 31, by = 3), ]
few <- c("wt", "hp")
all <- c("wt", "hp", "gear", "vs", "cyl", "maker")

models <- list(
  crate = list(inputs = few, fit = function() glm(am ~ wt + hp, binomial, cars),
    ask = function(model, rows) predict(model, rows, type = "response")),
  program = list(inputs = c("wt", "hp", "gear"), fit = function() glm(am ~ wt + hp + gear, binomial, cars),
    ask = function(model, rows) predict(model, rows, type = "response")),
  lm = list(inputs = all, fit = function() lm(mpg ~ wt + hp + gear + vs + cyl + maker, cars),
    ask = function(model, rows) predict(model, rows)),
  glm = list(inputs = few, fit = function() glm(am ~ wt + hp, binomial, cars),
    ask = function(model, rows) predict(model, rows)),
  gam = list(inputs = few, fit = function() mgcv::gam(mpg ~ s(wt) + hp, data = cars), packages = "mgcv",
    ask = function(model, rows) as.vector(predict(model, rows))),
  forest = list(inputs = all, fit = function() ranger(mpg ~ ., cars[c("mpg", all)], num.trees = 100, num.threads = 1),
    packages = "ranger", ask = function(model, rows) predict(model, rows)$predictions),
  probabilities = list(inputs = few, packages = "ranger",
    fit = function() ranger(gear ~ wt + hp, cars, num.trees = 100, probability = TRUE, num.threads = 1),
    ask = function(model, rows) predict(model, rows)$predictions)
)
one <- models[[form]]
model <- one$fit()
rows <- rows[one$inputs]
expected <- one$ask(model, rows)

if (form == "program") {
  saveRDS(model, file.path(folder, "model.rds"))
  writeLines(c(
    "load_model <- function(model_dir) readRDS(\"model.rds\")",
    "",
    "predict_model <- function(inputs, model) {",
    "  if (any(inputs$wt < 0)) {",
    "    stop(\"no such car\")",
    "  }",
    "  predict(model, inputs, type = \"response\")",
    "}"
  ), file.path(folder, "predict.R"))
  writeLines(c(
    "signature:",
    "  inputs: [{name: wt, type: float64}, {name: hp, type: float64}, {name: gear, type: string, values: ['3', '4', '5']}]",
    "  outputs: [{name: manual, type: float64}]"
  ), file.path(folder, "model.yaml"))
} else if (form == "crate") {
  # As mlflow_save_model() of a carrier::crate() writes it: a function whose environment holds what it needs.
  crate <- function(data) {
    if (any(data$wt < 0)) stop("no such car")
    stats::predict(model, data, type = "response")
  }
  environment(crate) <- list2env(list(model = model), parent = baseenv())
  saveRDS(serialize(structure(crate, class = "crate"), NULL), file.path(folder, "crate.bin"))
  writeLines(c(
    "time_created: 26-11-30T09:00:00", "run_id: 0a1b2c3d", "flavors:", "  crate:", "    version: 0.1.0", "    model: crate.bin"
  ), file.path(folder, "MLmodel"))
  writeLines(c(
    "signature:", "  inputs: [{name: wt, type: float64}, {name: hp, type: float64}]", "  outputs: [{name: manual, type: float64}]"
  ), file.path(folder, "model.yaml"))
} else {
  pin <- file.path(folder, "cars", "20261130T090000Z-0a1b2")
  dir.create(pin, recursive = TRUE)
  prototype <- structure(cars[0, one$inputs], class = c("tbl_df", "tbl", "data.frame"))
  saveRDS(list(model = model, prototype = prototype), file.path(pin, "cars.rds"), version = 2)
  writeLines(c(
    "file: cars.rds", paste("file_size:", file.size(file.path(pin, "cars.rds"))), "pin_hash: 0a1b2c3d4e5f6071", "type: rds",
    "title: 'cars: a pinned list'", "description: A model of cars", "tags: ~", "urls: ~", "created: 20261130T090000Z",
    "api_version: 1", "user:", paste("  required_pkgs:", if (is.null(one$packages)) "~" else one$packages), "  renv_lock: ~"
  ), file.path(pin, "data.txt"))
}

rows$gear <- if (!is.null(rows$gear)) as.character(rows$gear)
package <- if (is.null(one$packages)) "stats" else one$packages
cat(jsonlite::toJSON(list(
  framework = paste0("R ", getRversion(), ", ", package, " ", utils::packageVersion(package)),
  rows = rows, expected = unname(expected)
), digits = I(17), auto_unbox = FALSE))
