import { Document, visit } from 'yaml'

/** One field as YAML, what fits a line on one line. */
export function yamlOf(key: string, value: unknown): string {
  const document = new Document({ [key]: value })
  visit(document, {
    Collection(_, node, path) {
      node.flow = path.length > 1 && JSON.stringify(node.toJSON()).length < 90
    },
  })
  return document.toString({ flowCollectionPadding: false, lineWidth: 0 }).trimEnd()
}
