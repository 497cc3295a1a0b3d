# From what a model returned to one text of JSON a record.

largest_safe_integer <- 2^53 - 1

# The entries as JSON: the bare value of one output, an object by name of several.
predictions_of <- function(returned, outputs, records) {
  names <- vapply(outputs, function(output) output$name, "")
  columns <- named_columns(returned, if (is.null(outputs)) NULL else names, records)
  types <- stats::setNames(lapply(outputs, function(output) output$type), names)
  texts <- lapply(names(columns), function(name) {
    entries_of(name, columns[[name]], types[[name]], records)
  })
  if (length(texts) == 1L) {
    return(texts[[1]])
  }
  keyed <- Map(function(name, text) paste0(quoted(name), ":", text), names(columns), texts)
  paste0("{", do.call(paste, c(unname(keyed), sep = ",")), "}")
}

# What was returned, by name of output.
named_columns <- function(returned, names, records) {
  if (is.null(returned)) wrong_answer("it returned NULL: return one entry a record, or a list of them by output name")
  if (is.matrix(returned) && length(names) > 1L && all(names %in% colnames(returned))) {
    returned <- lapply(stats::setNames(nm = names), function(name) returned[, name])
  }
  by_name <- is.data.frame(returned) ||
    (is.list(returned) && is.null(dim(returned)) && !is.null(base::names(returned)))
  if (by_name) {
    found <- base::names(returned)
    if (is.null(names) && length(found) == 0L) wrong_answer("it returned an empty list: return one entry a record")
    missing <- setdiff(names, found)
    if (length(missing) == 0L) {
      return(unclass(returned)[if (is.null(names)) found else names])
    }
    # A table of one column answers for the one output, whatever it calls it.
    if (length(names) == 1L && length(found) == 1L) {
      return(stats::setNames(list(returned[[1]]), names))
    }
    wrong_answer("the output ", missing[[1]], " is missing: it returned ", paste(found, collapse = ", "))
  }
  if (length(names) > 1L) wrong_answer("it returned one output: return a list with ", paste(names, collapse = ", "))
  stats::setNames(list(returned), if (is.null(names)) "prediction" else names)
}

entries_of <- function(name, column, type, records) {
  column <- plain(column)
  found <- NROW(column)
  if (found != records) wrong_answer("the output ", name, " has ", found, " entries for ", records, " records")
  if (length(dim(column)) > 1L) {
    return(row_texts(name, column, type))
  }
  if (is.list(column)) {
    return(vapply(column, function(entry) nested_text(name, entry), "", USE.NAMES = FALSE))
  }
  element_texts(name, column, type)
}

# What JSON has a word for.
plain <- function(column) {
  if (is.factor(column)) {
    return(as.character(column))
  }
  if (inherits(column, "Date")) {
    return(format(column, "%Y-%m-%d"))
  }
  if (inherits(column, "POSIXt")) {
    return(format(as.POSIXct(column), "%Y-%m-%dT%H:%M:%OS3Z", tz = "UTC"))
  }
  if (inherits(column, "integer64")) {
    return(structure(as.character(column), class = "digits"))
  }
  column
}

# One array a record, of a matrix or of an array with more sizes.
row_texts <- function(name, column, type) {
  sizes <- dim(column)
  if (is.data.frame(column)) {
    return(apply_rows(name, column))
  }
  if (prod(sizes[-1]) == 0) {
    return(rep("[]", sizes[[1]]))
  }
  if (length(sizes) == 1L) {
    return(element_texts(name, as.vector(column), type))
  }
  slices <- lapply(seq_len(sizes[[2]]), function(at) {
    slice <- slice_of(column, at)
    if (is.null(dim(slice))) element_texts(name, slice, type) else row_texts(name, slice, type)
  })
  paste0("[", do.call(paste, c(slices, sep = ",")), "]")
}

# The part of an array that has one index in its second size.
slice_of <- function(column, at) {
  sizes <- dim(column)
  whole <- rep(list(TRUE), length(sizes) - 2L)
  part <- do.call(`[`, c(list(column, TRUE, at), whole, list(drop = FALSE)))
  if (length(sizes) == 2L) as.vector(part) else array(part, sizes[-2])
}

apply_rows <- function(name, table) {
  texts <- lapply(names(table), function(key) {
    paste0(quoted(key), ":", entries_of(name, table[[key]], NULL, nrow(table)))
  })
  paste0("{", do.call(paste, c(texts, sep = ",")), "}")
}

# One entry of a list: a bare value, an array, or an object.
nested_text <- function(name, entry) {
  entry <- plain(entry)
  if (is.null(entry)) {
    return("null")
  }
  if (is.list(entry) || is.data.frame(entry)) {
    texts <- vapply(entry, function(one) nested_text(name, one), "", USE.NAMES = FALSE)
    if (is.null(names(entry))) {
      return(paste0("[", paste(texts, collapse = ","), "]"))
    }
    return(paste0("{", paste(quoted(names(entry)), texts, sep = ":", collapse = ","), "}"))
  }
  if (!is.atomic(entry)) wrong_answer("the output ", name, " holds a ", class(entry)[[1]], ", which JSON cannot carry")
  if (length(dim(entry)) > 1L) {
    return(paste0("[", paste(row_texts(name, entry, NULL), collapse = ","), "]"))
  }
  texts <- element_texts(name, entry, NULL)
  if (length(texts) == 1L && is.null(dim(entry))) texts else paste0("[", paste(texts, collapse = ","), "]")
}

# The elements of a vector, each as JSON: null for what is missing or no finite number.
element_texts <- function(name, column, type) {
  if (inherits(column, "digits")) {
    return(digit_texts(unclass(column)))
  }
  if (is.logical(column)) {
    return(ifelse(is.na(column), "null", ifelse(column, "true", "false")))
  }
  if (is.numeric(column)) {
    if (!is.null(type) && grepl("int64", type) && all(column == trunc(column), na.rm = TRUE)) {
      return(digit_texts(ifelse(is.finite(column), sprintf("%.0f", column), NA)))
    }
    return(number_texts(as.double(column)))
  }
  if (is.character(column)) {
    if (!all(validUTF8(enc2utf8(column[!is.na(column)])))) wrong_answer("it holds a text that is no Unicode")
    texts <- quoted(column)
    texts[is.na(column)] <- "null"
    return(texts)
  }
  wrong_answer("the output ", name, " is a ", class(column)[[1]], ", which JSON cannot carry")
}

# The shortest of 15 and 17 digits that reads back as the same number.
number_texts <- function(numbers) {
  texts <- sprintf("%.15g", numbers)
  longer <- which(is.finite(numbers) & as.double(texts) != numbers)
  texts[longer] <- sprintf("%.17g", numbers[longer])
  texts[!is.finite(numbers)] <- "null"
  texts
}

# Integers of 64 bits: as strings where a double would not keep them.
digit_texts <- function(digits) {
  beyond <- !is.na(digits) & abs(as.double(digits)) > largest_safe_integer
  texts <- ifelse(beyond, paste0('"', digits, '"'), digits)
  texts[is.na(digits)] <- "null"
  texts
}

quoted <- function(texts) {
  texts <- enc2utf8(texts)
  texts <- gsub("\\", "\\\\", texts, fixed = TRUE)
  texts <- gsub('"', '\\"', texts, fixed = TRUE)
  if (any(grepl("[\001-\037]", texts, useBytes = TRUE))) {
    for (code in 1:31) {
      texts <- gsub(intToUtf8(code), sprintf("\\u%04x", code), texts, fixed = TRUE)
    }
  }
  paste0('"', texts, '"')
}
