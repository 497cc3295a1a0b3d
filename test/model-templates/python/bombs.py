"""Files that ask for far more memory than they have bytes, or nest deeper than anybody should."""

import bz2
import gzip
import lzma
import pickle
import struct
import zlib

from streams import call, named, put, stream

GIB = 1 << 30


def claims():
    """Lengths that nothing in the file is as long as."""
    huge = struct.pack("<Q", 1 << 40)
    yield "bytes of 1 TiB", stream(b"\x8e" + huge)
    yield "bytearray of 8 GiB", stream(b"\x96" + struct.pack("<Q", 8 * GIB), 5)
    yield "text of 1 TiB", stream(b"\x8d" + huge)
    yield "frame of 1 TiB", b"\x80\x04\x95" + huge + b"N."
    yield "frame of all bits", b"\x80\x04\x95" + b"\xff" * 8 + b"N."
    yield "integer of 2 GiB", stream(b"\x8b" + struct.pack("<i", (1 << 31) - 1))
    yield "text of 4 GiB", stream(b"X" + b"\xff" * 4)
    yield "memo of 4 GiB", stream(put(1) + b"r\xff\xff\xff\xff")


def calls():
    """Harmless callables with arguments that are not."""
    billion = call(named("builtins", "range"), 1 << 30)
    for kind in ("bytes", "bytearray"):
        yield f"{kind} of a number", stream(call(named("builtins", kind), 4 * GIB))
    for kind in ("list", "tuple", "set", "frozenset", "bytes", "bytearray"):
        yield f"{kind} of a range", stream(call(named("builtins", kind), billion))
    laughs = put("ha")
    for _ in range(32):
        laughs = b"(" + laughs + b"2" * 2 + b"t"
    yield "text of a billion laughs", stream(call(named("builtins", "str"), laughs))
    array = call(named("numpy._core.multiarray", "_reconstruct"), named("numpy", "ndarray"), (0,), b"C\x01b")
    objects = call(named("numpy", "dtype"), "O")
    state = b"(" + put(1) + put((1 << 33,)) + objects + b"\x89" + put([None]) + b"t"
    yield "objects by the billion", stream(array + state + b"b")
    void = call(named("numpy", "dtype"), f"V{(1 << 31) - 1}")
    yield "number of 2 GiB", stream(call(named("numpy._core.multiarray", "scalar"), void, b"C\x01a"))
    one = b"(" + put(1) + put((1 << 20,)) + void + b"\x89" + b"C\x01a" + b"t"
    yield "array of 2 PiB", stream(array + one + b"b")
    wrapper = named("joblib.numpy_pickle", "NumpyArrayWrapper") + put(()) + b"\x81"
    facts = {"subclass": named("numpy", "ndarray"), "shape": (1 << 40,), "order": "C"}
    facts |= {"dtype": call(named("numpy", "dtype"), "f8"), "allow_mmap": put(True)}
    yield "array of joblib of 8 TiB", stream(wrapper + put(facts) + b"b")
    yield "array of joblib below nothing", stream(wrapper + put({**facts, "shape": (-1, -(1 << 40))}) + b"b")


def depths():
    """Deeper than a stack."""
    yield "a million lists", stream(b"]" * 1_000_000 + b"a" * 999_999)
    yield "a million tuples", stream(b")" + b"\x85" * 1_000_000)
    yield "a million marks", stream(b"(" * 1_000_000)
    yield "a million copies", stream(b"]" + b"2" * 1_000_000)


def bombs():
    """By name: where it is read from, and the bytes."""
    for name, content in [*claims(), *calls(), *depths()]:
        yield name, "model.pkl", content
        yield f"{name}, compressed", "model.joblib", zlib.compress(content)


def unpacking():
    """Zeros of one byte array, by the bytes that each compression makes of them; 4 GiB once, less where it is slow."""
    squeezed = {
        "zlib": (4, zlib.compressobj(1)),
        "gzip": (1, zlib.compressobj(1, zlib.DEFLATED, 31)),
        "bz2": (0.25, bz2.BZ2Compressor(1)),
        "xz": (0.25, lzma.LZMACompressor(preset=0)),
        "lzma": (0.25, lzma.LZMACompressor(lzma.FORMAT_ALONE, preset=0)),
    }
    block = bytes(1 << 20)
    for name, (gib, compressor) in squeezed.items():
        count = int(gib * 1024)
        head = b"\x80\x04\x96" + struct.pack("<Q", count << 20)
        parts = [compressor.compress(head)] + [compressor.compress(block) for _ in range(count)]
        parts += [compressor.compress(b"."), compressor.flush()]
        yield f"{gib} GiB of zeros by {name}", "model.joblib", b"".join(parts)
    chunk = b"C\xff" + bytes(255)
    many = zlib.compressobj(1)
    parts = [many.compress(b"\x80\x04](")] + [many.compress(chunk * 4096) for _ in range(1024)]
    yield "1 GiB of small zeros by zlib", "model.joblib", b"".join([*parts, many.compress(b"e."), many.flush()])
    yield "zlib in gzip", "model.joblib", gzip.compress(zlib.compress(pickle.dumps(1)))
    yield "lz4 of nothing", "model.joblib", b"\x04\x22\x4d\x18" + bytes(64)
