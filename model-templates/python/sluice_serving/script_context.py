"""The context that SageMaker's toolkits give to a handler that asks for one: what is known, and nothing of a caller."""

from __future__ import annotations


class Context:
    """As of the model servers that SageMaker's containers run."""

    def __init__(self, model_dir: str) -> None:
        self.system_properties = {"model_dir": model_dir, "gpu_id": None, "batch_size": 1}
        self.model_name = "model"
        self.manifest: dict = {}
        self.content_type = "application/json"
        self.request_processor = [self]

    def get_request_properties(self) -> dict:
        return {"Content-Type": self.content_type, "Accept": "application/json"}

    def get_all_request_header(self, idx: int) -> dict:
        return self.get_request_properties()

    def get_request_header(self, idx: int, key: str) -> str | None:
        wanted = key.lower()
        return next((value for name, value in self.get_request_properties().items() if name.lower() == wanted), None)

    def set_response_content_type(self, idx: int, value: str) -> None:
        """The answer is read by what the handler returns with it."""
