/** The page about who may call what. @param table of routes and scopes, made from the rule */
export function accessText(table: string): string {
  return `# Access: who may call what

A platform asks who calls in one of three ways, and one at a time:

| | on AWS | on a laptop |
|---|---|---|
| **IAM** (the default on AWS) | requests signed with Signature Version 4; who may call is a matter of IAM policies | |
| **Sluice's own keys** | \`callers: Callers.apiKeys()\` | \`sluice up --auth keys\` |
| **Tokens (JWT)** of your own issuer | \`callers: Callers.jwt({issuer, audience})\` | \`sluice up --auth jwt --jwt-issuer URL --jwt-audience NAME\` |
| nobody is asked | \`allowAnonymousInvoke\`, for predictions alone | \`sluice up\` (the default): it listens on 127.0.0.1, and whoever is on this machine may do everything |

A key or token goes in \`Authorization: Bearer KEY\`, or in \`X-Api-Key: KEY\`; where both are sent the first counts.

## Scopes

A **grant** is a scope of a model: \`invoke:churn\`, \`promote:*\`. \`*\` is every model, also those to come; there are no other
patterns. \`promote:churn@staging\` is of one alias: it moves that one, decides on its promotions that wait
([approval](approval.md)), and retires nothing. A scope never holds another, except that \`admin\` of a model is all four of that model.

- \`invoke\`: ask for predictions.
- \`publish\`: see what the server of a version wrote. Uploading is a right of the store, not of a key: see below.
- \`promote\`: move aliases, take them back, retire versions.
- \`admin\`: all of that; of \`*\`, also keys, and whatever this table does not name.

Whoever has any scope of a model may read what it is and what became of it. Lists show the models that the caller has a
scope of, and an operation of another model is to the caller as if it were not. The rule reads the path that the router
reads, as the same checked text; a path it does not know needs \`admin:*\`.

${table}

A \`promote\` of one alias passes the table like any other; which alias moves is then looked at. \`/approvals/{operation}\`, the
page of a link to approve by, asks for the link's secret and nothing else; on AWS it is there only with \`approvalLinks\`. \`/console\`
and what lies below it is a page that is the same for everybody ([the console](console.md)); what it shows it asks for as its reader.

\`HEAD\` is \`GET\`. On AWS \`/keys\` is never asked with keys or tokens: see "Who makes the first key".

## What is answered to those who may not

| | on a laptop | HTTP API | REST API |
|---|---|---|---|
| no key, or one that is unknown, mistyped, expired or revoked | 401 \`not-signed-in\`, with \`WWW-Authenticate: Bearer\` | 403 \`{"message":"Forbidden"}\` | 401 |
| a good key without the scope | 403 \`scope-missing\`, which names what is missing | 403 \`{"message":"Forbidden"}\` | 403 |
| the keys of an issuer of tokens cannot be read | 503 \`issuer-unreachable\` | 500 \`{"message":"Internal Server Error"}\` | 500 |

The answers of API Gateway are its own: an HTTP API cannot be told the reason, and answers 403 to whatever its authorizer
does not let in. The authorizer writes why into the log of the platform. Nothing is let in where the registry of keys or
the issuer cannot be read.

## For the platform engineer

**Who makes the first key.** On AWS \`/keys\` stays under IAM, whoever else may call: \`sluice keys create\` signs with your
AWS credentials and needs \`execute-api:Invoke\` there. A key that leaked cannot make others. On a laptop the first start
with \`--auth\` makes the key of the home: it is shown once, and kept in \`access.json\` of the home, which this user alone may
read. The command finds it by itself in \`.sluice\`, or in the folder that SLUICE_HOME names, and sends it only to the address
that the platform of this home has. A home whose key is lost or revoked gets another at the next start.

\`\`\`
sluice keys create shop --scope invoke --model churn --expires 90d
sluice keys list
sluice keys revoke 1f0c9a3be2d47788
\`\`\`

A key is \`sluice_ID_SECRET\`: the id is no secret and stands in lists and histories; the secret has 256 random bits and ends
in a checksum, so that a mistyped key is told from a wrong one, and scanners of leaked secrets find it
(\`sluice_[0-9a-f]{16}_[0-9A-Za-z]{49}\`). Stored is its SHA-256. Passwords need a slow hash since people choose them, and they
can be guessed; of 2^256 keys nobody finds one by trying, however fast the hash, and a slow one would be paid with each call.

A record of a key is never deleted: who made it and when, and who revoked it and when, stand in \`sluice keys list\`. The
history of a model names the key that moved it, as \`key NAME (ID)\`. Two good keys never have the same name.

Keys stand in the registry and in no record of the store: after \`sluice rebuild\` the home has a new key of its own, and all
others have to be made again.

**How fast a revocation is.** On a laptop at the next request. On AWS within 15 s: so long the authorizer remembers a key that
it has read. The gateway itself must not cache its answers, and the constructs here tell it so.

**Tokens.** The issuer is an https address whose \`.well-known/openid-configuration\` names its keys. A token has to be signed with
an asymmetric algorithm (RS, PS, ES, EdDSA), and to have \`iss\`, \`aud\` (the audience you named), \`sub\` and \`exp\`; clocks may be
30 s apart. Its grants stand in the claim \`scope\` as words (\`invoke:churn promote:*\`) or in another that you name
(\`--jwt-claim permissions\`), as a text or a list; words that are no grants are left alone. The history names the caller as
\`token SUB\`. On a laptop the key of the home is good beside tokens, so that its owner is never locked out.

## For the data scientist

Uploading writes into the store and asks no key: on a laptop into the folder of the home, on AWS into the bucket, with your
AWS credentials and \`s3:PutObject\` on \`models/MODEL/*\`. A key with \`publish\` does not upload. \`sluice push\` then watches the
release over HTTP, with any scope of the model. To promote, take a key with \`promote\`:

\`\`\`
export SLUICE_PLATFORM_URL=https://… SLUICE_API_KEY=sluice_…
sluice push churn/ && sluice promote churn 1.4.0
\`\`\`

## For the application developer

\`\`\`
curl https://…/models/churn/invocations -H "Authorization: Bearer $SLUICE_API_KEY" \\
  -H 'content-type: application/json' -d '{"tenure": 12, "plan": "gold"}'
\`\`\`

A key with \`invoke:churn\` also reads how the model is called (\`GET /models/churn/versions/1.4.0/openapi.json\`). Put keys into
the environment, not on command lines: others on the machine see those. 401 and 403 do not pass by waiting.

Generated from \`lib/rules/access.ts\` and \`scripts/access-page.ts\` by \`npm run docs\`.
`
}
