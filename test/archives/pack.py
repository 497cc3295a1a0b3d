"""Packs folders into archives with Python's own modules. On standard input: [{"how", "folder", "archive"}, …]."""

import io
import json
import os
import sys
import tarfile
import zipfile

FORMATS = {"ustar": tarfile.USTAR_FORMAT, "gnu": tarfile.GNU_FORMAT, "pax": tarfile.PAX_FORMAT}


def pack_tar(folder, archive, tar_format):
    with tarfile.open(archive, "w:gz", format=tar_format) as tar:
        tar.add(folder, arcname=".")


def pack_zip(folder, archive, method, force=False):
    with zipfile.ZipFile(archive, "w", method) as packed:
        for place, name in files(folder):
            with packed.open(zipfile.ZipInfo.from_file(place, name), "w", force_zip64=force) as entry:
                with open(place, "rb") as source:
                    entry.write(source.read())


def stream_zip(folder, archive):
    """As to a pipe: sizes are told behind the bytes."""

    class Pipe(io.RawIOBase):
        def __init__(self, file):
            self.file = file

        def writable(self):
            return True

        def write(self, data):
            return self.file.write(data)

    with open(archive, "wb") as file, zipfile.ZipFile(Pipe(file), "w", zipfile.ZIP_DEFLATED) as packed:
        for place, name in files(folder):
            packed.write(place, name)


def files(folder):
    for parent, folders, names in sorted(os.walk(folder)):
        for name in sorted(names):
            place = os.path.join(parent, name)
            yield place, os.path.relpath(place, folder)


def main():
    for job in json.load(sys.stdin):
        how, folder, archive = job["how"], job["folder"], job["archive"]
        if how in FORMATS:
            pack_tar(folder, archive, FORMATS[how])
        elif how == "stored":
            pack_zip(folder, archive, zipfile.ZIP_STORED)
        elif how == "deflated":
            pack_zip(folder, archive, zipfile.ZIP_DEFLATED)
        elif how == "zip64":
            pack_zip(folder, archive, zipfile.ZIP_DEFLATED, force=True)
        else:
            stream_zip(folder, archive)


main()
