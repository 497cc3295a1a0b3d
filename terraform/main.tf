# The platform is one CloudFormation stack: what releases make at run time is no business of Terraform's state.

data "aws_s3_bucket" "assets" {
  bucket = var.assets_bucket
}

locals {
  template = "${var.template_folder}/sluice.template.json"
  # Of a template behind a URL only the URL is compared, so another template gets another one.
  template_key = "${var.assets_prefix}sluice-${filemd5(local.template)}.template.json"
}

resource "aws_s3_object" "template" {
  bucket       = data.aws_s3_bucket.assets.id
  key          = local.template_key
  source       = local.template
  content_type = "application/json"
}

# Each is named by its content. An older one goes only when the stack has left it.
resource "aws_s3_object" "asset" {
  for_each = fileset(var.template_folder, "*.zip")

  bucket = data.aws_s3_bucket.assets.id
  key    = "${var.assets_prefix}${each.value}"
  source = "${var.template_folder}/${each.value}"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudformation_stack" "sluice" {
  name         = var.stack_name
  template_url = "https://${data.aws_s3_bucket.assets.bucket_regional_domain_name}/${local.template_key}"
  capabilities = ["CAPABILITY_IAM"]
  tags         = var.tags

  parameters = {
    AssetsBucket = var.assets_bucket
    AssetsPrefix = var.assets_prefix
  }

  depends_on = [aws_s3_object.template, aws_s3_object.asset]
}
