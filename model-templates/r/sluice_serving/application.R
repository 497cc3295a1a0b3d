# The HTTP of the server: /ping and /invocations.

# /ping is answered beside R, also while a prediction is under way: by a file that is there once the model is loaded.
application <- function(predictor, ping_file, life) {
  list(
    onHeaders = function(request) {
      life$begun(request)
      NULL
    },
    call = function(request) {
      on.exit(life$answered(request))
      asked <- paste(request$REQUEST_METHOD, request$PATH_INFO)
      if (asked == "POST /invocations") {
        return(invoke(predictor, request))
      }
      if (asked == "GET /ping") {
        return(response(200L, "{}"))
      }
      response(404L, '{"error":"there is nothing at this path"}')
    },
    staticPaths = list("/ping" = httpuv::staticPath(ping_file, indexhtml = FALSE, headers = list("Connection" = "close")))
  )
}

invoke <- function(predictor, request) {
  body <- rawToChar(as.raw(setdiff_nul(request$rook.input$read())))
  type <- tolower(trimws(sub(";.*", "", request$HTTP_CONTENT_TYPE %or% request$CONTENT_TYPE %or% "")))
  if (type == "application/x-ndjson") {
    lines <- strsplit(body, "\n", fixed = TRUE)[[1]]
    lines <- lines[nzchar(trimws(lines))]
    answers <- answers_to(predictor, lines)
    return(response(200L, paste0(vapply(answers, line_of, ""), "\n", collapse = ""), "application/x-ndjson"))
  }
  answer <- answers_to(predictor, body)[[1]]
  response(answer$status, if (is.null(answer$error)) answer$text else paste0('{"error":', quoted(answer$error), "}"))
}

`%or%` <- function(value, other) if (is.null(value)) other else value

# A text of R has no zero bytes, and JSON neither.
setdiff_nul <- function(bytes) if (any(bytes == 0L)) charToRaw("\\0") else bytes

# The answer to each canonical request.
answers_to <- function(predictor, texts) {
  read <- lapply(texts, function(text) {
    tryCatch(list(inputs = inputs_of(text)), error = function(error) error_text(conditionMessage(error), 400L))
  })
  answers <- read
  open <- which(vapply(read, function(one) is.null(one$status), NA))
  answers[open] <- answers_of(predictor, lapply(read[open], function(one) one$inputs))
  answers
}

inputs_of <- function(text) {
  if (!validUTF8(text)) bad_request("the request is no JSON: it is no UTF-8")
  request <- tryCatch(jsonlite::parse_json(text), error = function(error) {
    bad_request("the request is no JSON: ", strsplit(conditionMessage(error), "\n", fixed = TRUE)[[1]][[1]])
  })
  if (is.list(request)) request[["inputs"]] else NULL
}

line_of <- function(answer) {
  if (is.null(answer$error)) {
    return(answer$text)
  }
  paste0('{"error":', quoted(answer$error), ',"status":', answer$status, "}")
}

response <- function(status, text, type = "application/json") {
  list(status = status, headers = list("Content-Type" = type), body = charToRaw(enc2utf8(text)))
}
