# A model that is code of the user: a predict.R with `predict_model(inputs, model)`, and `load_model(model_dir)` where it
# loads files. The names `predict` and `load` are taken as well.

# What predict.R defines. It runs as it is: nothing here guards the machine from it.
own_model <- function(model_dir, entry) {
  path <- file.path(model_dir, entry)
  setwd(dirname(path))
  program <- globalenv()
  # Ending R would end the server.
  program$quit <- program$q <- function(...) stop("it calls quit(), and a server has to stay", call. = FALSE)
  for (expression in as.list(parsed(path))) eval(expression, program)
  predict <- taken(program, c("predict_model", "predict"))
  if (is.null(predict)) cannot_load(entry, " defines no function predict_model(inputs)")
  load <- taken(program, c("load_model", "load"))
  loaded <- if (is.null(load)) NULL else load(model_dir)
  if (takes_two(predict)) function(inputs) predict(inputs, loaded) else function(inputs) predict(inputs)
}

# The expressions of a file, each as the body of a call, so that an error of it has a line.
parsed <- function(path) {
  expressions <- parse(path, keep.source = TRUE, encoding = "UTF-8")
  places <- attr(expressions, "srcref")
  Map(function(expression, place) {
    wrapped <- call("{", expression)
    attr(wrapped, "srcref") <- list(place, place)
    attr(wrapped, "srcfile") <- attr(place, "srcfile")
    wrapped
  }, as.list(expressions), places)
}

# The first of these functions that the program defines. One that is called as R's own predict() or load() is taken out
# of its sight: by those names it still finds R's own, and does not call itself without end.
taken <- function(program, names) {
  for (name in names) {
    found <- program[[name]]
    if (is.function(found)) {
      if (name %in% c("predict", "load")) rm(list = name, envir = program)
      return(found)
    }
  }
  NULL
}

takes_two <- function(call) {
  arguments <- names(formals(args(call)))
  length(arguments) > 1L || "..." %in% arguments
}
