# What is known of the version that is served: its entry, its layout and its signature.

own_code <- c("predict.R", "predict.r")

# Read the version's file, or find the entry where there is none.
read_version <- function(version_file, model_dir) {
  described <- if (file.exists(version_file)) {
    jsonlite::fromJSON(version_file, simplifyVector = FALSE)
  } else {
    list()
  }
  entry <- described$entry
  if (is.null(entry)) entry <- only_entry(model_dir)
  if (!file.exists(file.path(model_dir, entry))) cannot_load("the artifact has no file '", entry, "'")
  list(
    entry = entry,
    layout = described$layout,
    inputs = fields_of(described$signature$inputs),
    outputs = fields_of(described$signature$outputs)
  )
}

# One named input or output each. The shape is that of one record's value; NA is a length that is free.
fields_of <- function(fields) {
  if (is.null(fields)) {
    return(NULL)
  }
  lapply(fields, function(field) {
    sizes <- vapply(field$shape, function(size) if (is.null(size)) NA_integer_ else as.integer(size), 1L)
    list(name = field$name, type = field$type, shape = as.integer(sizes), values = unlist(field$values))
  })
}

# predict.R, or the only pin.
only_entry <- function(model_dir) {
  files <- list.files(model_dir, recursive = TRUE)
  program <- intersect(own_code, files)
  if (length(program) > 0L) {
    return(program[[1]])
  }
  found <- files[endsWith(files, ".rds")]
  if (length(found) == 1L) {
    return(found)
  }
  if (length(found) == 0L) cannot_load("there is no model: the artifact needs predict.R or one file that ends with .rds")
  cannot_load("it is not clear which file is the model, ", paste(found, collapse = ", "), ": keep one, or a predict.R")
}
