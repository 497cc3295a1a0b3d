package sluice.serving;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** A request of HTTP/1.1, read off a connection: its line, its headers, and its body by length or in chunks. */
record HttpRequest(Application.Asked asked, boolean closes) {
    /** Not what a client of HTTP sends. */
    static final class Malformed extends Exception {
        private static final long serialVersionUID = 1;

        Malformed(String message) {
            super(message);
        }
    }

    private static final int LONGEST_HEAD = 64 * 1024;
    private static final int LARGEST_BODY = 256 << 20;

    static HttpRequest read(InputStream in, OutputStream out) throws IOException, Malformed {
        var left = new int[] {LONGEST_HEAD};
        var line = line(in, left).split(" ");
        if (line.length != 3 || !line[2].startsWith("HTTP/1.")) throw new Malformed("this is no request of HTTP/1.1");
        Map<String, String> headers = new HashMap<>();
        for (var header = line(in, left); !header.isEmpty(); header = line(in, left)) {
            var colon = header.indexOf(':');
            if (colon < 1) throw new Malformed("this is no header");
            headers.put(header.substring(0, colon).toLowerCase(), header.substring(colon + 1).strip());
        }
        if ("100-continue".equalsIgnoreCase(headers.get("expect"))) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
            out.flush();
        }
        var body = body(in, headers, left);
        var closes = line[2].equals("HTTP/1.0") || "close".equalsIgnoreCase(headers.get("connection"));
        return new HttpRequest(new Application.Asked(line[0], line[1], headers.get("content-type"), body), closes);
    }

    private static byte[] body(InputStream in, Map<String, String> headers, int[] left) throws IOException, Malformed {
        var coding = headers.get("transfer-encoding");
        if (coding != null) {
            if (!coding.equalsIgnoreCase("chunked")) throw new Malformed("the transfer coding " + coding + " is not known");
            return chunks(in, left);
        }
        var length = headers.get("content-length");
        return length == null ? new byte[0] : exactly(in, sizeOf(length, 10));
    }

    private static byte[] chunks(InputStream in, int[] left) throws IOException, Malformed {
        var body = new ByteArrayOutputStream();
        while (true) {
            left[0] = LONGEST_HEAD;
            var size = sizeOf(line(in, left).split(";")[0].strip(), 16);
            if (size == 0) break;
            if (body.size() + size > LARGEST_BODY) throw new Malformed("the body is too large");
            body.writeBytes(exactly(in, size));
            if (!line(in, left).isEmpty()) throw new Malformed("a chunk does not end");
        }
        while (!line(in, left).isEmpty()) continue;
        return body.toByteArray();
    }

    private static int sizeOf(String written, int radix) throws Malformed {
        try {
            var size = Integer.parseUnsignedInt(written, radix);
            if (size >= 0 && size <= LARGEST_BODY) return size;
        } catch (NumberFormatException error) {
            // Told below.
        }
        throw new Malformed("the size '" + written + "' is none, or too large");
    }

    private static byte[] exactly(InputStream in, int size) throws IOException {
        var bytes = in.readNBytes(size);
        if (bytes.length < size) throw new IOException("the connection ended");
        return bytes;
    }

    private static String line(InputStream in, int[] left) throws IOException, Malformed {
        var line = new StringBuilder();
        while (true) {
            var one = in.read();
            if (one < 0) throw new IOException("the connection ended");
            if (one == '\n') break;
            if (left[0]-- == 0) throw new Malformed("the head is too long");
            line.append((char) one);
        }
        var length = line.length();
        if (length > 0 && line.charAt(length - 1) == '\r') line.setLength(length - 1);
        return line.toString();
    }
}
