/** A call as a program makes it. */
export interface Call {
  readonly url: string
  /** What is sent, as JSON. */
  readonly body: unknown
  /** Whether callers say who they are. */
  readonly hasKey: boolean
}

export const languages = ['curl', 'Python', 'R', 'Java', 'JavaScript'] as const
export type Language = (typeof languages)[number]

/** The same call in a language that somebody writes in. The key is read from where keys are kept, and never shown. */
export function snippet(language: Language, call: Call): string {
  return writers[language](call)
}

const writers: Readonly<Record<Language, (call: Call) => string>> = {
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
