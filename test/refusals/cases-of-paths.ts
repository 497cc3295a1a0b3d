import { type RefusalCase, refusedWith } from './refusal-case.ts'
import { requestText } from './wire.ts'

const body = '{"x": 1}'

/** A path as it goes over the wire. */
const path = (
  input: string,
  code: RefusalCase[2],
  line: string,
  sentence: string,
  more: Parameters<typeof requestText>[1] = { body },
): RefusalCase => [
  input,
  code.endsWith('-unknown') ? '404' : code === 'host-refused' ? '403' : '400',
  code,
  sentence,
  (scene) => refusedWith(code, scene.raw(requestText(line, more))),
]

export const pathCases: readonly RefusalCase[] = [
  path(
    '`..` in the path',
    'path-malformed',
    'POST /models/beta/../alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    '`%2e%2e` in the path',
    'path-malformed',
    'POST /models/beta/%2e%2e/alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    '`%252e%252e` in the path',
    'path-malformed',
    'POST /models/beta/%252e%252e/alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'a backslash in the path',
    'path-malformed',
    'POST /models\\alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'an encoded backslash',
    'path-malformed',
    'POST /models/x%5c..%5calpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'an empty segment',
    'path-malformed',
    'POST /models//alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'NUL, encoded',
    'path-malformed',
    'POST /models/alpha%00/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'a line break, encoded',
    'path-malformed',
    'POST /models/alpha%0d%0aX:1/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'a % that encodes nothing',
    'path-malformed',
    'POST /models/alpha%zz/invocations',
    'the path holds a % that encodes nothing',
  ),
  path(
    'overlong UTF-8',
    'path-malformed',
    'POST /models/%c0%ae%c0%ae/invocations',
    'the path holds a % that encodes nothing',
  ),
  path(
    'letters that look like others',
    'path-malformed',
    'POST /models/%D0%B0lpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path(
    'the URL of another machine',
    'path-malformed',
    'POST http://evil.example/models/alpha/invocations',
    'the path holds a character or a segment that no path here has; allowed are A-Z a-z 0-9 . _ ~ ^ - between slashes, no . or .. alone, and nothing encoded twice',
  ),
  path('an unknown path', 'path-unknown', 'GET /nowhere', 'there is no GET /nowhere', {}),
  path(
    'a path of 8,000 letters',
    'path-unknown',
    `GET /${'a'.repeat(8000)}`,
    'there is no GET /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...',
    {},
  ),
  path(
    'GET where POST is meant',
    'path-unknown',
    'GET /models/alpha/invocations',
    'there is no GET /models/alpha/invocations; predictions are asked for with POST',
    {},
  ),
  path(
    'a slash at the end',
    'path-unknown',
    'POST /models/alpha/invocations/',
    'there is no POST /models/alpha/invocations/',
  ),
  path(
    'a method that changes nothing here',
    'path-unknown',
    'DELETE /models/alpha',
    'there is no DELETE /models/alpha',
    {},
  ),
  path(
    'an operation that is not there',
    'operation-unknown',
    'GET /operations/promotion-1',
    "there is no operation 'promotion-1'",
    {},
  ),
  path(
    'an operation with a name of 8,000 letters',
    'operation-unknown',
    `GET /operations/${'a'.repeat(8000)}`,
    "there is no operation 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...",
    {},
  ),
  path(
    'a model name in capitals',
    'model-name-malformed',
    'POST /models/Alpha/invocations',
    "'Alpha' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
  ),
  path(
    'a model name of one letter',
    'model-name-malformed',
    'GET /models/a',
    "'a' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
    {},
  ),
  path(
    'a model name of 41 letters',
    'model-name-malformed',
    `GET /models/${'a'.repeat(41)}`,
    "'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' is not a model name; allowed are 2 to 40 of a-z, 0-9 and -, a letter first and no - at the end",
    {},
  ),
  path(
    'a reserved word for a model',
    'model-name-malformed',
    'POST /models/constructor/invocations',
    "'constructor' is a reserved word and cannot name a model; choose another name",
  ),
  path(
    '`__proto__` for a model',
    'model-name-malformed',
    'POST /models/__proto__/invocations',
    "'__proto__' is a reserved word and cannot name a model; choose another name",
  ),
  path(
    'a reserved word for an alias',
    'alias-malformed',
    'POST /models/alpha/aliases/prototype/invocations',
    "'prototype' is not an alias; allowed are 1 to 39 of a-z, 0-9 and -, a letter first",
  ),
  path(
    'an alias that begins with a digit',
    'alias-malformed',
    'POST /models/alpha/aliases/1st/invocations',
    "'1st' is not an alias; allowed are 1 to 39 of a-z, 0-9 and -, a letter first",
  ),
  path(
    'a version that is none',
    'version-malformed',
    'POST /models/alpha/versions/latest/invocations',
    "'latest' is neither a version nor a range; allowed are 1.4.0, 1, 1.2, 1.x, ^1.2 and ~1.2.3",
  ),
  path(
    'a version with a zero in front',
    'version-malformed',
    'POST /models/alpha/versions/01.0.0/invocations',
    "'01.0.0' is neither a version nor a range; allowed are 1.4.0, 1, 1.2, 1.x, ^1.2 and ~1.2.3",
  ),
  path(
    'a version of 33 characters',
    'version-malformed',
    `GET /models/alpha/versions/1.0.0-${'a'.repeat(27)}`,
    "'1.0.0-aaaaaaaaaaaaaaaaaaaaaaaaaaa' is not a version; allowed is MAJOR.MINOR.PATCH with an optional -prerelease, at most 32 characters, no build metadata, for example 1.4.0",
    {},
  ),
  path(
    'a time that is none',
    'request-malformed',
    'GET /models/alpha/history?at=yesterday',
    "'at' is 'yesterday', and allowed is a time with its offset, such as 2026-03-01T10:00:00Z, or a date, 2026-03-01 (the start of that day, UTC)",
    {},
  ),
  path(
    'the Host of another machine',
    'host-refused',
    'GET /models',
    'the Host header names another machine than this one',
    { host: 'Host: evil.example' },
  ),
  path(
    'a page of another site',
    'host-refused',
    'POST /models/alpha/rollbacks',
    'the request comes from a page of another site',
    {
      body: '{"reason": "x"}',
      headers: ['Origin: https://evil.example'],
    },
  ),
]
