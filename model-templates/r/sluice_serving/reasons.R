# What went wrong, for whoever called: the kind of error, its message and the line of the artifact, without paths.

longest_reason <- 500L

# A request that does not fit the model. Its message is for the caller.
bad_request <- function(...) {
  stop(structure(class = c("bad_request", "error", "condition"), list(message = paste0(...), call = NULL)))
}

# A model that cannot be loaded, in words that need no kind and no line.
cannot_load <- function(...) {
  stop(structure(class = c("cannot_load", "error", "condition"), list(message = paste0(...), call = NULL)))
}

# An answer of the model that is not one entry a record of each output.
wrong_answer <- function(...) {
  stop(structure(class = c("wrong_answer", "error", "condition"), list(message = paste0(...), call = NULL)))
}

# Run code of the user; what goes wrong there is given to `failed` with its place in the artifact. What it prints goes to
# the log, also where it has turned its output elsewhere.
guarded <- function(expression, failed, model_dir) {
  sinks <- sink.number()
  on.exit(while (sink.number() > sinks) sink())
  place <- NULL
  tryCatch(
    withCallingHandlers(
      expression,
      error = function(error) if (is.null(place)) place <<- place_of(sys.calls(), sys.frames(), model_dir)
    ),
    error = function(error) failed(error, place),
    interrupt = function(error) failed(simpleError("it was interrupted"), place)
  )
}

# One line: `predict.R line 12: Error: object 'tenure' not found`.
reason_of <- function(error, place, model_dir) {
  if (inherits(error, c("bad_request", "cannot_load"))) {
    return(one_line(conditionMessage(error), model_dir))
  }
  if (inherits(error, "wrong_answer")) {
    return(paste("the model's answer does not fit:", one_line(conditionMessage(error), model_dir)))
  }
  package <- missing_package(error)
  text <- if (is.null(package)) paste0(kind_of(error), ": ", conditionMessage(error)) else package
  parsed <- parse_place(error, model_dir)
  text <- if (is.null(parsed)) text else paste("Error:", parsed$message)
  place <- if (is.null(parsed)) place else parsed$place
  paste0(if (!is.null(place)) paste0(place, ": "), one_line(text, model_dir))
}

# R's own errors are all called simpleError or are named by what is wrong; others are named by their first class.
kind_of <- function(error) {
  kind <- class(error)[[1]]
  if (kind %in% c("simpleError", "error", "try-error", "Rcpp::exception", "std::runtime_error")) "Error" else kind
}

# The innermost line of the artifact's own files that the error passed through.
place_of <- function(calls, frames, model_dir) {
  for (at in rev(seq_along(calls))) {
    here <- attr(calls[[at]], "srcref")
    found <- if (is.null(here)) NULL else path_inside(here, model_dir)
    if (!is.null(found)) {
      return(paste(found, "line", here[[1]]))
    }
  }
  NULL
}

# The path in the artifact of the file that a place in a source is in, or NULL.
path_inside <- function(here, model_dir) {
  source <- attr(here, "srcfile")
  if (is.null(source$filename) || identical(source$filename, "")) {
    return(NULL)
  }
  path <- source$filename
  if (!startsWith(path, "/") && !is.null(source$wd)) path <- file.path(source$wd, path)
  path <- normalizePath(path, mustWork = FALSE)
  root <- paste0(normalizePath(model_dir, mustWork = FALSE), "/")
  if (startsWith(path, root)) substring(path, nchar(root) + 1L) else NULL
}

# What does not parse tells its file and line in the message: `predict.R:3:1: unexpected '}'`.
parse_place <- function(error, model_dir) {
  lines <- strsplit(conditionMessage(error), "\n", fixed = TRUE)[[1]]
  found <- regmatches(lines, regexec("^(.+):([0-9]+):[0-9]+: (unexpected .*|.*incomplete.*)$", lines))
  found <- Filter(length, found)
  if (length(found) == 0L) {
    return(NULL)
  }
  list(
    place = paste(one_line(found[[1]][[2]], model_dir), "line", found[[1]][[3]]),
    message = found[[1]][[4]]
  )
}

# What to do about a package that is not installed.
missing_package <- function(error) {
  if (!inherits(error, "packageNotFoundError")) {
    return(NULL)
  }
  paste0("the package '", error$package, "' is missing: add it to renv.lock, or to Imports in a DESCRIPTION")
}

# The first line, with paths of the artifact relative to it and the last name of every other.
one_line <- function(text, model_dir) {
  line <- strsplit(trimws(text), "\n", fixed = TRUE)[[1]]
  line <- if (length(line) == 0L) "" else line[[1]]
  for (root in unique(c(model_dir, normalizePath(model_dir, mustWork = FALSE)))) {
    line <- gsub(paste0(sub("/+$", "", root), "/"), "", line, fixed = TRUE)
  }
  line <- gsub("(?<![\\w.:/\\\\])(?:[A-Za-z]:)?[\\\\/](?:[^\\s:'\",()<>\u2018\u2019]*[\\\\/])*([^\\s\\\\/:'\",()<>\u2018\u2019]+)", "\\1", line, perl = TRUE)
  substr(line, 1L, longest_reason)
}
