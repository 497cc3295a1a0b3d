# Predict together what has come together.
#
# Requests of one layout that arrive as lines of one body are predicted by one call and divided again. If that fails, each
# is predicted by itself: one of them may have spoilt it for all.

# Of one call. A single request with more is predicted by itself.
most_records <- 1024L

# The answer to each request, as its text and its status. @param requests what `inputs` holds in each
answers_of <- function(predictor, requests) {
  items <- lapply(requests, function(inputs) read_item(predictor, inputs))
  answers <- lapply(items, function(item) item$answer)
  open <- which(vapply(answers, is.null, NA))
  for (batch in batches_of(items, open)) {
    answers[batch] <- if (length(batch) == 1L) {
      list(answer_alone(predictor, items[[batch]]))
    } else {
      answer_together(predictor, items[batch])
    }
  }
  answers
}

# A request that waits for its answer, or has one because it does not fit.
read_item <- function(predictor, inputs) {
  tryCatch(
    {
      item <- predictor$read(inputs)
      if (item$records == 0L) item$answer <- answer_text(character())
      item
    },
    error = function(error) {
      status <- if (inherits(error, "bad_request")) 400L else 500L
      list(answer = error_text(reason_of(error, NULL, predictor$model_dir), status))
    }
  )
}

# Which of the open items go together, in order.
batches_of <- function(items, open) {
  if (length(open) < 2L) {
    return(as.list(open))
  }
  layouts <- vapply(items[open], function(item) layout_of(item$columns), "")
  unlist(lapply(split(open, layouts), function(alike) {
    records <- vapply(items[alike], function(item) item$records, 1L)
    unname(split(alike, groups_up_to(records, most_records)))
  }), recursive = FALSE, use.names = FALSE)
}

# The number of its group for each size: as many as have at most so many together.
groups_up_to <- function(sizes, most) {
  groups <- integer(length(sizes))
  group <- 1L
  sum <- 0
  for (at in seq_along(sizes)) {
    if (sum > 0 && sum + sizes[[at]] > most) {
      group <- group + 1L
      sum <- 0
    }
    sum <- sum + sizes[[at]]
    groups[[at]] <- group
  }
  groups
}

answer_together <- function(predictor, items) {
  columns <- put_together(lapply(items, function(item) item$columns))
  records <- vapply(items, function(item) item$records, 1L)
  texts <- predictor$predict(columns, sum(records), failed = function(...) NULL)
  if (is.null(texts)) {
    return(lapply(items, function(item) answer_alone(predictor, item)))
  }
  ends <- cumsum(records)
  Map(function(from, to) answer_text(texts[from:to]), ends - records + 1L, ends)
}

answer_alone <- function(predictor, item) {
  failed <- function(error, place) error_text(reason_of(error, place, predictor$model_dir), 500L)
  texts <- predictor$predict(item$columns, item$records, failed)
  if (is.list(texts)) texts else answer_text(texts)
}

answer_text <- function(entries) {
  list(text = paste0('{"predictions":[', paste(entries, collapse = ","), "]}"), status = 200L)
}

error_text <- function(reason, status) list(error = reason, status = status)
