import { globSync, readFileSync } from 'node:fs'
import ts from 'typescript'

const root = new URL('..', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, root), 'utf8')

/** One property of a construct's props, as its source tells it. */
export interface PropRow {
  readonly name: string
  readonly optional: boolean
  readonly type: string
  readonly description: string
  readonly fallback: string | undefined
}

/** Every page of docs/constructs, its tables written anew. What stands around a table is written by hand. */
export function constructPages(): Readonly<Record<string, string>> {
  const pages = globSync('docs/constructs/*.md', { cwd: root }).toSorted()
  return Object.fromEntries(pages.map((page) => [page, withTables(read(page))]))
}

const table = /<!-- props (\w+) -->\n[\s\S]*?<!-- end -->/g

function withTables(page: string): string {
  return page.replaceAll(table, (_, name: string) =>
    [`<!-- props ${name} -->`, ...tableOf(propsOf(name)), '<!-- end -->'].join('\n'),
  )
}

function tableOf(rows: readonly PropRow[]): string[] {
  const line = ({ name, optional, type, description, fallback }: PropRow) =>
    `| \`${name}${optional ? '?' : ''}\` | \`${type}\` | ${fallback ?? (optional ? '' : 'must be given')} | ${description} |`
  return ['| prop | type | default | meaning |', '|---|---|---|---|', ...rows.map(line)]
}

/** The properties of an exported interface of lib/constructs. @throws Error where there is none of that name */
export function propsOf(name: string): PropRow[] {
  for (const path of globSync('lib/constructs/**/*.ts', { cwd: root })) {
    const source = ts.createSourceFile(path, read(path), ts.ScriptTarget.Latest, true)
    const found = source.statements.find(
      (one) => ts.isInterfaceDeclaration(one) && one.name.text === name && isExported(one),
    ) as ts.InterfaceDeclaration | undefined
    if (found !== undefined)
      return found.members.filter(ts.isPropertySignature).map((one) => rowOf(one, source))
  }
  throw new Error(`no construct exports an interface ${name}`)
}

function isExported(node: ts.InterfaceDeclaration): boolean {
  return node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) ?? false
}

function rowOf(property: ts.PropertySignature, source: ts.SourceFile): PropRow {
  const [comment] = ts.getJSDocCommentsAndTags(property).filter(ts.isJSDoc)
  const fallback = comment?.tags?.find(({ tagName }) => tagName.text === 'default')
  return {
    name: property.name.getText(source),
    optional: property.questionToken !== undefined,
    type: (property.type?.getText(source) ?? 'unknown').replaceAll('|', '\\|'),
    description: cell(ts.getTextOfJSDocComment(comment?.comment)) ?? '',
    fallback: cell(ts.getTextOfJSDocComment(fallback?.comment)),
  }
}

/** As one cell of a table. CDK writes a default that is no value after a dash. */
function cell(text: string | undefined): string | undefined {
  return text?.replaceAll(/\s+/g, ' ').replace(/^- /, '').replaceAll('|', '\\|').trim()
}
