# Train examples/r-vetiver/1.0.0: the species of an iris, by its leaves, of the data set iris that comes with R (Anderson 1935).
# Run it here, with the package ranger: Rscript train.R
#
# Whoever has vetiver and pins writes the same two files by
#   v <- vetiver_model(model, "iris", prototype_data = iris[1, -5])
#   vetiver_pin_write(pins::board_folder("1.0.0"), v)
# They were not to be had where this was trained, so what they write is written here: an .rds of version 2 with the model and
# its prototype, and a data.txt about it (vetiver 0.2, pins 1).
library(ranger)
set.seed(1935)
model <- ranger(Species ~ ., data = iris, num.trees = 50, num.threads = 1)
rows <- iris[c(1, 51, 101), -5]
expected <- as.character(predict(model, data = rows)$predictions)

model[c("predictions", "confusion.matrix")] <- NULL
prototype <- structure(iris[0, -5], class = c("tbl_df", "tbl", "data.frame"))
pin <- "1.0.0/iris/20261130T090000Z-1935a"
dir.create(pin, recursive = TRUE, showWarnings = FALSE)
file <- file.path(pin, "iris.rds")
saveRDS(list(model = structure(model, class = c("butchered_ranger", "ranger")), prototype = prototype), file, version = 2)
writeLines(c(
  "file: iris.rds",
  paste("file_size:", file.size(file)),
  "pin_hash: 1935a00000000000",
  "type: rds",
  "title: 'iris: a pinned list'",
  "description: A ranger classification model",
  "tags: ~",
  "urls: ~",
  "created: 20261130T090000Z",
  "api_version: 1",
  "user:",
  "  required_pkgs: ranger",
  "  renv_lock: ~"
), file.path(pin, "data.txt"))

for (at in 1:3) {
  name <- c("first", "second", "third")[[at]]
  values <- sprintf('"%s": %g', names(rows), unlist(rows[at, ]))
  writeLines(paste0("{", paste(values, collapse = ", "), "}"), sprintf("1.0.0/examples/%s.json", name))
  writeLines(sprintf('{"predictions": ["%s"]}', expected[[at]]), sprintf("1.0.0/examples/%s.expected.json", name))
}
