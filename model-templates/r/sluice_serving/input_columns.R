# From the columns of a request to the data frame that a model takes.

# R counts in doubles beyond its 32-bit integers: whole numbers are exact up to here.
largest_whole <- 2^53

# One column an input, and how many records they hold.
read_columns <- function(fields, inputs) {
  if (!is.list(inputs) || length(inputs) == 0L || is.null(names(inputs))) {
    bad_request('the request has no inputs: send {"inputs": {"name": [one value a record, ...]}}')
  }
  given <- names(inputs)
  names <- if (is.null(fields)) given else vapply(fields, function(field) field$name, "")
  for (name in given) {
    if (!name %in% names) bad_request("input ", name, " is unknown: the inputs are ", paste(names, collapse = ", "))
  }
  for (name in names) {
    if (!name %in% given) bad_request("input ", name, " is missing")
    if (!is_array(inputs[[name]])) bad_request("input ", name, " is no list with one value a record")
  }
  records <- length(inputs[[names[[1]]]])
  for (name in names) {
    found <- length(inputs[[name]])
    if (found != records) bad_request("input ", name, " has ", found, " values, ", names[[1]], " has ", records)
  }
  columns <- if (is.null(fields)) {
    lapply(stats::setNames(nm = names), function(name) column_as_found(inputs[[name]]))
  } else {
    stats::setNames(lapply(fields, function(field) typed_column(field, inputs[[field$name]])), names)
  }
  list(columns = columns, records = records)
}

# A JSON array; an object is a list with names.
is_array <- function(value) is.list(value) && is.null(names(value))

# The values of one input in the type and shape of its field: a vector, a factor, a matrix or an array by record; where a
# length is free, a list with an array a record.
typed_column <- function(field, values) {
  if (anyNA(field$shape)) {
    return(lapply(seq_along(values), function(at) {
      field$before <- at - 1L
      found <- flattened(field, values[at])
      by_row(checked(field, found$leaves, length(found$leaves)), found$sizes)
    }))
  }
  found <- flattened(field, values)
  leaves <- checked(field, found$leaves, max(1L, prod(found$sizes)))
  if (length(found$sizes) == 0L) leaves else by_row(leaves, c(length(values), found$sizes))
}

# An array of elements that come as JSON has them: the last size innermost, where R has the first one.
by_row <- function(leaves, sizes) {
  kept <- attributes(leaves)
  shaped <- aperm(array(unclass(leaves), rev(sizes)))
  if (is.factor(leaves)) shaped[] <- levels(leaves)[shaped]
  if (identical(kept$class, "digits")) structure(shaped, class = "digits") else shaped
}

# All elements of a column in one list, and the sizes of its lists from the outside in.
flattened <- function(field, values) {
  sizes <- integer()
  of_one <- 1L
  for (size in field$shape) {
    lists <- vapply(values, is_array, NA)
    if (!all(lists)) {
      at <- which(!lists)[[1]]
      refuse(field, at, of_one, "holds ", shown(values[[at]]), " where a list is declared")
    }
    lengths <- lengths(values)
    wanted <- if (!is.na(size)) size else if (length(lengths) > 0L) lengths[[1]] else 0L
    if (any(lengths != wanted)) {
      at <- which(lengths != wanted)[[1]]
      refuse(field, at, of_one, "has a list of ", lengths[[at]], " where ", wanted, if_free(size))
    }
    sizes <- c(sizes, wanted)
    of_one <- of_one * max(1L, wanted)
    values <- unlist(values, recursive = FALSE, use.names = FALSE)
    if (is.null(values)) values <- list()
  }
  list(leaves = values, sizes = sizes)
}

if_free <- function(size) if (is.na(size)) " are in its first list" else " are declared"

# The elements, all of the field's type, as one vector. @param of_one how many of them are one record's
checked <- function(field, leaves, of_one) {
  type <- field$type
  kinds <- vapply(leaves, typeof, "")
  allowed <- switch(type, string = "character", boolean = "logical", c("integer", "double"))
  if (type %in% c("int64", "uint64")) allowed <- c(allowed, "character")
  refuse_type(field, leaves, !kinds %in% allowed, of_one)
  flat <- unlist(leaves, use.names = FALSE)
  switch(type,
    boolean = as.logical(flat),
    string = text_column(field, as.character(flat), of_one),
    float32 = ,
    float64 = as.double(flat),
    whole_column(field, leaves, kinds, of_one)
  )
}

# Text; a factor where only some values are allowed.
text_column <- function(field, texts, of_one) {
  Encoding(texts) <- "UTF-8"
  if (is.null(field$values)) {
    return(texts)
  }
  unknown <- which(!texts %in% field$values)
  if (length(unknown) > 0L) {
    at <- unknown[[1]]
    refuse(field, at, of_one, "holds ", shown(texts[[at]]), ", which is none of ", paste(field$values, collapse = ", "))
  }
  factor(texts, levels = field$values)
}

# Whole numbers: R's integers up to 32 bits, doubles beyond. R has no type for those beyond 2^53: a column that holds one
# is the digits of all.
whole_column <- function(field, leaves, kinds, of_one) {
  bits <- as.integer(sub("^u?int", "", field$type))
  signed <- startsWith(field$type, "int")
  texts <- kinds == "character"
  refuse_type(field, leaves, texts & !grepl("^-?[0-9]{1,20}$", as.character(leaves)), of_one)
  numbers <- as.double(unlist(leaves, use.names = FALSE))
  lowest <- if (signed) -2^(bits - 1) else 0
  beyond <- if (signed) 2^(bits - 1) else 2^bits
  outside <- numbers != trunc(numbers) | numbers < lowest | numbers >= beyond
  digits <- NULL
  if (bits == 64L && any(texts & abs(numbers) >= largest_whole)) {
    digits <- ifelse(texts, as.character(leaves), sprintf("%.0f", numbers))
    digits <- sub("^(-?)0+(?=[0-9])", "\\1", digits, perl = TRUE)
    # Near the end of the type a double does not tell on which side a number is.
    outside <- ifelse(texts, beyond_digits(digits, signed), outside)
  }
  refuse_type(field, leaves, outside, of_one)
  if (!is.null(digits)) {
    return(structure(digits, class = "digits"))
  }
  # The lowest integer of 32 bits is R's NA.
  if (bits < 32L || (bits == 32L && signed && all(numbers > -2^31))) as.integer(numbers) else numbers
}

# Which of these digits are no integer of 64 bits.
beyond_digits <- function(digits, signed) {
  negative <- startsWith(digits, "-")
  magnitude <- sub("^-", "", digits)
  most <- if (signed) ifelse(negative, "9223372036854775808", "9223372036854775807") else "18446744073709551615"
  most <- ifelse(negative & !signed, "0", most)
  longer <- nchar(magnitude) > nchar(most)
  # Digits of one length compare as texts do, in an order that no language of the machine changes.
  same <- nchar(magnitude) == nchar(most)
  longer | (same & vapply(seq_along(digits), function(at) {
    a <- utf8ToInt(magnitude[[at]])
    b <- utf8ToInt(rep_len(most, length(digits))[[at]])
    differ <- which(a != b)
    same[[at]] && length(differ) > 0L && a[[differ[[1]]]] > b[[differ[[1]]]]
  }, NA))
}

refuse_type <- function(field, leaves, wrong, of_one) {
  if (!any(wrong)) {
    return(invisible())
  }
  at <- which(wrong)[[1]]
  refuse(field, at, of_one, "holds ", shown(leaves[[at]]), ", which is no ", field$type)
}

# @param at which element it is, of one column in a row @param of_one how many are one record's
refuse <- function(field, at, of_one, ...) {
  record <- (at - 1) %/% of_one + if (is.null(field$before)) 0L else field$before
  bad_request("input ", field$name, ": record ", record, " ", ...)
}

# A value as it was sent.
shown <- function(value) {
  text <- as.character(jsonlite::toJSON(value, auto_unbox = TRUE, null = "null", digits = NA))
  if (nchar(text) > 60L) paste0(substr(text, 1L, 60L), "...") else text
}

# The values of one input whose type nobody declared: a vector where they are of one kind, a list where they are not.
column_as_found <- function(values) {
  kinds <- unique(vapply(values, typeof, ""))
  if (all(kinds %in% c("integer", "double", "NULL"))) {
    return(vapply(values, function(value) if (is.null(value)) NA_real_ else as.double(value), 1))
  }
  if (identical(kinds, "character") || identical(kinds, "logical")) {
    return(unlist(values, use.names = FALSE))
  }
  I(values)
}

# Columns of one layout may be put together without changing a value of any.
layout_of <- function(columns) {
  paste(vapply(columns, function(column) {
    paste(c(class(column), typeof(column), dim(column)[-1]), collapse = " ")
  }, ""), names(columns), collapse = "\n")
}

# The columns of many requests of one layout, one behind the other.
put_together <- function(requests) {
  first <- requests[[1]]
  lapply(stats::setNames(nm = names(first)), function(name) {
    parts <- lapply(requests, function(columns) columns[[name]])
    column <- first[[name]]
    if (is.factor(column)) {
      return(factor(unlist(lapply(parts, as.character)), levels = levels(column)))
    }
    if (is.null(dim(column))) {
      return(put_behind(parts))
    }
    rows <- lapply(parts, function(part) matrix(part, nrow = dim(part)[[1]]))
    together <- do.call(rbind, rows)
    array(together, c(nrow(together), dim(column)[-1]))
  })
}

# Vectors of one class, one behind the other.
put_behind <- function(parts) {
  if (is.list(parts[[1]])) {
    return(unlist(parts, recursive = FALSE))
  }
  together <- unlist(lapply(parts, unclass), use.names = FALSE)
  if (inherits(parts[[1]], "digits")) structure(together, class = "digits") else together
}

# A data frame with a column an input. @param columns each with one entry a record
frame_of <- function(columns, records) {
  structure(columns, class = "data.frame", row.names = .set_row_names(records))
}
