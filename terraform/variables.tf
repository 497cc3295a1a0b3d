variable "template_folder" {
  description = "The folder that `npm run template` wrote."
  type        = string

  validation {
    condition     = fileexists("${var.template_folder}/sluice.template.json")
    error_message = "template_folder holds no sluice.template.json; write one with: npm run template"
  }
}

variable "assets_bucket" {
  description = "The bucket, in the Region of the stack, that the template's files are copied to. It must exist."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.assets_bucket))
    error_message = "assets_bucket must be the name of a bucket: 3 to 63 of a-z, 0-9, . and -"
  }
}

variable "assets_prefix" {
  description = "What their keys begin with: nothing, or a path that ends with /."
  type        = string
  default     = "sluice/"

  validation {
    condition     = can(regex("^(?:[A-Za-z0-9_.-]+/)*$", var.assets_prefix))
    error_message = "assets_prefix must be empty, or parts of A-Z, a-z, 0-9, _, . and -, each ended by /"
  }
}

variable "stack_name" {
  description = "The name of the CloudFormation stack."
  type        = string
  default     = "Sluice"

  validation {
    condition     = can(regex("^[A-Za-z][A-Za-z0-9-]{0,127}$", var.stack_name))
    error_message = "stack_name must be 1 to 128 of A-Z, a-z, 0-9 and -, a letter first"
  }
}

variable "tags" {
  description = "Put on the stack, which puts them on what it makes."
  type        = map(string)
  default     = {}
}
