# Brings together the packages that a version asks for: on a laptop, and in the image of the `r` runtime.
#
#   install.R look [NAME[=VERSION] ...]            says which R this is, what of it is there and what is not, a line each
#   install.R into LIBRARY [NAME[=VERSION] ...]    installs what is not there into a library of its own
#   install.R debian [...]                         names what Debian may have of what is not there, where any version will do
#   install.R lacks [...]                          ends with 0 where something is not there
#
# In the place of names `--lock FILE` may stand, of {"packages": {"NAME": "VERSION" or null}}, or of nothing.
#
# VERSION is exact, or `>= 1.2`. What the server itself needs is always among them. Packages come from the repositories that
# SLUICE_CRAN names, or options(repos) of a profile. What goes wrong is told in one line that begins with `sluice: `.

of_server <- c("httpuv", "jsonlite")

main <- function(arguments) {
  switch(arguments[1],
    look = look(wanted_of(arguments[-1])),
    debian = debian(wanted_of(arguments[-1])),
    lacks = quit(save = "no", status = if (length(lacking(wanted_of(arguments[-1]))) > 0L) 0L else 1L),
    into = into(arguments[2], wanted_of(arguments[-(1:2)])),
    give_up("say look, debian, lacks or into LIBRARY")
  )
}

# What is asked for: versions by name, "" for any.
wanted_of <- function(texts) {
  if (identical(texts[1], "--lock")) {
    return(locked(texts[2]))
  }
  names <- sub("=.*", "", texts)
  versions <- ifelse(grepl("=", texts, fixed = TRUE), sub("^[^=]*=", "", texts), "")
  all_of(stats::setNames(versions, names))
}

all_of <- function(wanted) c(wanted, stats::setNames(rep("", 2L), of_server)[setdiff(of_server, names(wanted))])

locked <- function(file) {
  text <- paste(readLines(file, warn = FALSE), collapse = "\n")
  if (!nzchar(trimws(text))) {
    return(all_of(stats::setNames(character(), character())))
  }
  packages <- jsonlite::parse_json(text)$packages
  all_of(vapply(packages, function(version) if (is.null(version)) "" else version, ""))
}

look <- function(wanted) {
  cat("r", format(getRversion()), R.version$platform, "\n")
  cat(paste("library", .libPaths()), sep = "\n")
  for (name in names(wanted)) {
    found <- version_here(name)
    cat(if (fits(found, wanted[[name]])) "has" else "lacks", name, if (is.na(found)) "-" else found, "\n")
  }
}

version_here <- function(name) {
  tryCatch(as.character(utils::packageVersion(name)), error = function(error) NA_character_)
}

fits <- function(found, version) {
  if (is.na(found)) {
    return(FALSE)
  }
  if (!nzchar(version)) {
    return(TRUE)
  }
  least <- startsWith(version, ">= ")
  compared <- utils::compareVersion(found, sub("^>= ", "", version))
  if (least) compared >= 0 else compared == 0
}

lacking <- function(wanted) Filter(function(name) !fits(version_here(name), wanted[[name]]), names(wanted))

debian <- function(wanted) {
  names <- Filter(function(name) !nzchar(wanted[[name]]), lacking(wanted))
  writeLines(paste0("r-cran-", tolower(names), recycle0 = TRUE))
}

into <- function(library, wanted) {
  dir.create(library, showWarnings = FALSE, recursive = TRUE)
  .libPaths(c(library, .libPaths()))
  lacking <- lacking(wanted)
  if (length(lacking) == 0L) {
    return(invisible())
  }
  index <- packages_of_repositories(lacking)
  for (name in lacking) refuse_unknown(name, wanted[[name]], index)
  needed <- order_of(lacking, index)
  for (at in seq_along(needed)) {
    name <- needed[[at]]
    version <- if (name %in% names(wanted)) wanted[[name]] else ""
    if (fits(version_here(name), version)) next
    message("installing ", name, " (", at, " of ", length(needed), ")")
    one(name, version, index, library)
  }
}

# Where packages come from, and what there is.
packages_of_repositories <- function(lacking) {
  told <- Sys.getenv("SLUICE_CRAN")
  repositories <- if (nzchar(told)) c(CRAN = told) else getOption("repos")
  mend <- if (length(lacking) == 1L) lacking else paste0("{", paste(lacking, collapse = ","), "}")
  by_apt <- paste0("on Debian and Ubuntu also by apt-get install r-cran-", tolower(mend))
  if (length(repositories) == 0L || any(repositories %in% c("@CRAN@", ""))) {
    give_up(
      "the package ", lacking[[1]], " is not installed, and no repository is told to take it from: set SLUICE_CRAN, or ",
      "options(repos = ) in ~/.Rprofile; ", by_apt
    )
  }
  options(repos = repositories, timeout = max(300, getOption("timeout")))
  index <- suppressWarnings(tryCatch(utils::available.packages(), error = function(error) NULL))
  if (is.null(index) || nrow(index) == 0L) {
    give_up(
      "the package ", lacking[[1]], " is not installed, and there is no index of packages at ",
      paste(without_password(repositories), collapse = ", "), ": see that it can be reached; ", by_apt
    )
  }
  index
}

refuse_unknown <- function(name, version, index) {
  where <- paste(without_password(getOption("repos")), collapse = ", ")
  if (!name %in% rownames(index)) {
    give_up("there is no package ", name, " at ", where, ": see how its name is written")
  }
  if (startsWith(version, ">= ") && !fits(index[name, "Version"], version)) {
    give_up("the package ", name, " has to be ", version, ", and ", where, " has ", index[name, "Version"])
  }
}

# Packages, each after what it needs itself.
order_of <- function(names, index) {
  all <- unique(unlist(c(tools::package_dependencies(names, index, recursive = TRUE), names)))
  base <- rownames(utils::installed.packages(priority = "base"))
  all <- setdiff(all, base)
  direct <- tools::package_dependencies(all, index)
  ordered <- character()
  while (length(all) > 0L) {
    free <- Filter(function(name) all(!direct[[name]] %in% all), all)
    if (length(free) == 0L) free <- all
    ordered <- c(ordered, sort(free))
    all <- setdiff(all, free)
  }
  ordered
}

one <- function(name, version, index, library) {
  said <- tempfile()
  exact <- nzchar(version) && !startsWith(version, ">= ") && name %in% rownames(index) &&
    utils::compareVersion(index[name, "Version"], version) != 0
  if (exact) {
    file <- archived(name, version, index)
    utils::install.packages(file, lib = library, repos = NULL, type = "source", quiet = TRUE, keep_outputs = dirname(said))
  } else {
    # What it needs has been installed before it.
    utils::install.packages(name, lib = library, dependencies = FALSE, quiet = TRUE, keep_outputs = dirname(said))
  }
  if (!fits(version_here(name), version)) {
    give_up("the package ", name, " does not install here: ", reason_in(file.path(dirname(said), paste0(name, ".out"))))
  }
}

# An older version, as CRAN keeps it.
archived <- function(name, version, index) {
  file <- paste0(name, "_", version, ".tar.gz")
  place <- paste(index[name, "Repository"], "Archive", name, file, sep = "/")
  target <- file.path(tempdir(), file)
  got <- tryCatch(suppressWarnings(utils::download.file(place, target, quiet = TRUE)), error = function(error) 1L)
  if (got != 0L) {
    give_up(
      "there is no version ", version, " of ", name, " at ", paste(without_password(getOption("repos")), collapse = ", "),
      ", which has ", index[name, "Version"]
    )
  }
  target
}

# What the installer said of why.
reason_in <- function(file) {
  lines <- if (file.exists(file)) readLines(file, warn = FALSE) else character()
  wrong <- grep("ERROR|[Ee]rror:|not found", lines, value = TRUE)
  if (length(wrong) == 0L) "the log tells no reason" else trimws(sub("^ERROR: ", "", wrong[[1]]))
}

without_password <- function(addresses) sub("://[^/@]*@", "://", addresses)

give_up <- function(...) {
  message("sluice: ", ...)
  quit(save = "no", status = 1L)
}

main(commandArgs(trailingOnly = TRUE))
