/** The heads of a table's columns. @param of what is beyond the last word is told to who hears the page alone */
export function Heads({
  of,
  actions = false,
}: {
  readonly of: readonly string[]
  readonly actions?: boolean
}) {
  return (
    <thead>
      <tr>
        {of.map((word) => (
          <th key={word} scope="col">
            {word}
          </th>
        ))}
        {actions && (
          <th scope="col">
            <span class="hidden">What may be done</span>
          </th>
        )}
      </tr>
    </thead>
  )
}
