/** A call as a program makes it. */
export interface Call {
  readonly url: string
  /** What is sent, as JSON. */
  readonly body: unknown
  /** How callers say who they are; undefined where nobody is asked. */
  readonly callers: 'iam' | 'keys' | 'jwt' | undefined
}

export const languages = ['curl', 'Python', 'R', 'Java', 'Scala', 'JavaScript'] as const
export type Language = (typeof languages)[number]

/** Those that a call can be shown in: a request to a platform behind IAM is signed, which few do in a few lines. */
export function languagesFor({ callers }: Pick<Call, 'callers'>): readonly Language[] {
  return callers === 'iam' ? ['curl', 'Python'] : languages
}

/** The same call in a language that somebody writes in. The key is read from where keys are kept, and never shown. */
export function snippet(language: Language, call: Call): string {
  if (call.callers === 'iam') return (language === 'Python' ? signedInPython : signedByCurl)(call)
  return writers[language]({ ...call, hasKey: call.callers !== undefined })
}

const writers: Readonly<Record<Language, (call: Call & { readonly hasKey: boolean }) => string>> = {
  curl: ({ url, body, hasKey }) =>
    [
      `curl -s ${inShell(url)}`,
      ...(hasKey ? [`-H "authorization: Bearer $SLUICE_KEY"`] : []),
      `-H 'content-type: application/json'`,
      `-d ${inShell(JSON.stringify(body))}`,
    ].join(' \\\n  '),

  Python: ({ url, body, hasKey }) =>
    [
      ...(hasKey ? ['import os', ''] : []),
      'import requests',
      '',
      `answer = requests.post(`,
      `    ${inJson(url)},`,
      ...(hasKey ? [`    headers={"Authorization": "Bearer " + os.environ["SLUICE_KEY"]},`] : []),
      `    json=${inPython(body)},`,
      `    timeout=30,`,
      `)`,
      `answer.raise_for_status()`,
      `print(answer.json()["predictions"])`,
    ].join('\n'),

  R: ({ url, body, hasKey }) =>
    [
      'library(httr2)',
      '',
      `request(${inJson(url)}) |>`,
      ...(hasKey ? ['  req_auth_bearer_token(Sys.getenv("SLUICE_KEY")) |>'] : []),
      `  req_body_raw(${inR(JSON.stringify(body))}, "application/json") |>`,
      '  req_perform() |>',
      '  resp_body_json()',
    ].join('\n'),

  Java: ({ url, body, hasKey }) =>
    [
      'var request = HttpRequest.newBuilder()',
      `    .uri(URI.create(${inJson(url)}))`,
      ...(hasKey ? ['    .header("Authorization", "Bearer " + System.getenv("SLUICE_KEY"))'] : []),
      '    .header("Content-Type", "application/json")',
      `    .POST(BodyPublishers.ofString(${inJson(JSON.stringify(body))}))`,
      '    .build();',
      'var answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString());',
      'System.out.println(answer.body());',
    ].join('\n'),

  Scala: ({ url, body, hasKey }) =>
    [
      'import java.net.URI',
      'import java.net.http.*',
      '',
      `val request = HttpRequest.newBuilder(URI(${inJson(url)}))`,
      ...(hasKey ? ['  .header("Authorization", "Bearer " + sys.env("SLUICE_KEY"))'] : []),
      '  .header("Content-Type", "application/json")',
      `  .POST(HttpRequest.BodyPublishers.ofString(${inJson(JSON.stringify(body))}))`,
      '  .build()',
      'val answer = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString())',
      'println(answer.body)',
    ].join('\n'),

  JavaScript: ({ url, body, hasKey }) =>
    [
      `const answer = await fetch(${inJson(url)}, {`,
      `  method: 'POST',`,
      hasKey
        ? "  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.SLUICE_KEY },"
        : "  headers: { 'content-type': 'application/json' },",
      `  body: JSON.stringify(${inJson(body)}),`,
      `})`,
      `if (!answer.ok) throw new Error((await answer.json()).detail)`,
      `const { predictions } = await answer.json()`,
    ].join('\n'),
}

/** Signed with the AWS credentials of the environment. */
function signedByCurl({ url, body }: Call): string {
  return [
    `curl -s ${inShell(url)}`,
    `--aws-sigv4 "aws:amz:${regionIn(url) ?? '$AWS_REGION'}:execute-api"`,
    '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
    '-H "x-amz-security-token: $AWS_SESSION_TOKEN"',
    `-H 'content-type: application/json'`,
    `-d ${inShell(JSON.stringify(body))}`,
  ].join(' \\\n  ')
}

/** Signed with the AWS credentials of whoever runs it. */
function signedInPython({ url, body }: Call): string {
  const region = regionIn(url)
  return [
    'import json',
    '',
    'import boto3',
    'import requests',
    'from botocore.auth import SigV4Auth',
    'from botocore.awsrequest import AWSRequest',
    '',
    'session = boto3.Session()',
    'request = AWSRequest(',
    `    "POST", ${inJson(url)},`,
    '    headers={"Content-Type": "application/json"},',
    `    data=json.dumps(${inPython(body)}),`,
    ')',
    `region = ${region === undefined ? 'session.region_name' : inJson(region)}`,
    'SigV4Auth(session.get_credentials(), "execute-api", region).add_auth(request)',
    'answer = requests.post(request.url, data=request.data, headers=dict(request.headers), timeout=30)',
    'answer.raise_for_status()',
    'print(answer.json()["predictions"])',
  ].join('\n')
}

/** The Region that an address of API Gateway names. */
function regionIn(url: string): string | undefined {
  return /^https:\/\/[^./]+\.execute-api\.([a-z0-9-]+)\./.exec(url)?.[1]
}

/** Between single quotes a shell reads everything as it is but those. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

/** A literal of JSON is one of JavaScript, and a string of it one of Java and R. */
function inJson(value: unknown): string {
  return JSON.stringify(value)
}

/** A raw string of R, with as many dashes as its text does not have. */
function inR(text: string): string {
  let dashes = ''
  while (text.includes(`)${dashes}"`)) dashes += '-'
  return `r"${dashes}(${text})${dashes}"`
}

function inPython(value: unknown): string {
  if (value === null) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(inPython).join(', ')}]`
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, one]) => `${inJson(name)}: ${inPython(one)}`)
      .join(', ')}}`
  return inJson(value)
}
