"""Train the PyTorch example: a small network as TorchScript, with examples to prove it by.

Data: optical recognition of handwritten digits (Alpaydin and Kaynak, 1998), the copy that ships inside scikit-learn; nothing
is downloaded.

Run:  pip install -r requirements.txt && python train.py
"""

import json
from pathlib import Path

import torch
from sklearn.datasets import load_digits
from torch import nn

HERE = Path(__file__).parent / "1.0.0"


class Digits(nn.Module):
    """Sixteen shades of eight by eight pixels in, the probability of each digit out."""

    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Dropout(0.2), nn.Linear(128, 10)
        )

    def forward(self, image):
        logits = self.layers(image.unsqueeze(1) / 16)
        return {"digit": logits.argmax(1), "probabilities": logits.softmax(1)}


torch.manual_seed(0)
data = load_digits()
images, digits = torch.tensor(data.images, dtype=torch.float32), torch.tensor(data.target)
seen = torch.arange(len(digits)) % 5 != 0
model = Digits()
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
for _ in range(150):
    optimizer.zero_grad()
    loss = nn.functional.nll_loss(model(images[seen])["probabilities"].log(), digits[seen])
    loss.backward()
    optimizer.step()

model.eval()
with torch.no_grad():
    answers = model(images)
right = (answers["digit"] == digits)[~seen].float().mean().item()
print(f"{right:.1%} of {int((~seen).sum())} digits that it has not seen")

(HERE / "examples").mkdir(parents=True, exist_ok=True)
torch.jit.script(model).save(HERE / "model.pt")
for name, at in (("zero", 0), ("four", 100), ("one", 1000)):
    (HERE / "examples" / f"{name}.json").write_text(json.dumps({"instances": [data.images[at].tolist()]}) + "\n")
    answer = {key: column[at].tolist() for key, column in answers.items()}
    (HERE / "examples" / f"{name}.expected.json").write_text(json.dumps({"predictions": [answer]}) + "\n")
