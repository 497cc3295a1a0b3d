# The life of the process: it loads the model, listens, serves, and ends.

# How often the server looks whether it has been told to end, in milliseconds.
looks_every_ms <- 200
# Who was asked something in the last moments may have more on the way, in milliseconds.
quiet_ms <- 300
# A caller that stays in the middle of a request does not keep the server for ever, in seconds.
drains_at_most_seconds <- 20

# Serve until told to end. @param arguments `--told PIPE --parent PID` by serve.sh, and on a laptop `--socket PATH`; others are ignored
serve <- function(arguments) {
  options(warn = 1, keep.source = TRUE, show.error.messages = FALSE, menu.graphics = FALSE)
  few_threads()
  socket <- value_after(arguments, "--socket")
  parent <- as.integer(value_after(arguments, "--parent"))
  told <- fifo(value_after(arguments, "--told"), open = "r", blocking = FALSE)
  predictor <- loaded(
    Sys.getenv("VERSION_FILE", "/opt/sluice/version.json"),
    sub("(.)/+$", "\\1", normalizePath(Sys.getenv("MODEL_DIR", "/opt/sluice/model"), mustWork = FALSE))
  )
  life <- life_of()
  listen(application(predictor, ping_file(), life), socket)
  repeat {
    # Ctrl+C is not for R to answer.
    tryCatch(suspendInterrupts(httpuv::service(looks_every_ms)), interrupt = function(...) NULL)
    if (length(readLines(told, warn = FALSE)) > 0L) break
    # Whoever hears signals for this process may have been killed.
    if (!tools::pskill(parent, 0L)) quit(save = "no", status = 1L)
  }
  drain(life, socket)
  httpuv::stopAllServers()
  quit(save = "no", status = 0L)
}

# The one model this process is for, or the end: whoever started it sees that it does not stay.
loaded <- function(version_file, model_dir) {
  failed <- function(error, place) {
    message("the model cannot be loaded: ", reason_of(error, place, model_dir))
    quit(save = "no", status = 1L)
  }
  guarded(load_predictor(version_file, model_dir), failed, model_dir)
}

listen <- function(application, socket) {
  if (is.null(socket)) {
    port <- as.integer(Sys.getenv("PORT", "8080"))
    return(httpuv::startServer("0.0.0.0", port, application, quiet = TRUE))
  }
  unlink(socket)
  # Nobody else on the machine asks.
  httpuv::startPipeServer(socket, strtoi("177", 8L), application, quiet = TRUE)
}

# Answer what has begun. There is no way to stop listening and keep connections, so what comes now is answered too, as
# long as it comes at once.
drain <- function(life, socket) {
  if (!is.null(socket)) unlink(socket)
  from <- Sys.time()
  repeat {
    httpuv::service(20)
    waited <- as.double(difftime(Sys.time(), from, units = "secs"))
    if (waited > drains_at_most_seconds || (life$open() == 0L && life$quiet_for_ms() > quiet_ms)) break
  }
}

# How many requests have begun, and how long ago something was heard or said.
life_of <- function() {
  open <- 0L
  last <- Sys.time()
  list(
    begun = function(request) {
      open <<- open + 1L
      last <<- Sys.time()
    },
    answered = function(request) {
      open <<- open - 1L
      last <<- Sys.time()
    },
    open = function() open,
    quiet_for_ms = function() 1000 * as.double(difftime(Sys.time(), last, units = "secs"))
  )
}

ping_file <- function() {
  path <- tempfile("ping", fileext = ".json")
  writeLines("{}", path, sep = "")
  path
}

# A pool of threads a call costs more than it gives.
few_threads <- function() {
  threads <- Sys.getenv("SLUICE_THREADS", "1")
  for (variable in c("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "R_RANGER_NUM_THREADS")) {
    do.call(Sys.setenv, stats::setNames(list(threads), variable))
  }
  options(mc.cores = as.integer(threads), Ncpus = as.integer(threads), ranger.num.threads = as.integer(threads))
}

value_after <- function(arguments, name) {
  at <- match(name, arguments)
  if (is.na(at) || at == length(arguments)) NULL else arguments[[at + 1L]]
}
