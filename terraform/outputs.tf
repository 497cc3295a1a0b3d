output "api_url" {
  description = "Where applications call."
  value       = aws_cloudformation_stack.sluice.outputs["ApiUrl"]
}

output "store_bucket" {
  description = "Where models are uploaded, under models/MODEL/VERSION/."
  value       = aws_cloudformation_stack.sluice.outputs["StoreBucket"]
}
