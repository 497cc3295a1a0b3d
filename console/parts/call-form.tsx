import type { FormField, FormTexts } from '../view/call-form.ts'

export interface CallFormProps {
  readonly fields: readonly FormField[]
  readonly texts: FormTexts
  readonly onChange: (texts: FormTexts) => void
}

/** An input a line, as its type and its values are. */
export function CallForm({ fields, texts, onChange }: CallFormProps) {
  return (
    <div class="call-form">
      {fields.map((field, i) => {
        const id = `input-${i}`
        const put = (text: string) => onChange({ ...texts, [field.name]: text })
        return (
          <div key={field.name}>
            <label for={id}>
              <bdi>{field.name}</bdi> <span class="type">{field.type}</span>
            </label>
            <Entry id={id} field={field} text={texts[field.name] ?? ''} onPut={put} />
          </div>
        )
      })}
    </div>
  )
}

interface EntryProps {
  readonly id: string
  readonly field: FormField
  readonly text: string
  readonly onPut: (text: string) => void
}

function Entry({ id, field: { kind, values = [] }, text, onPut }: EntryProps) {
  if (kind === 'boolean' || kind === 'choice')
    return (
      <select id={id} value={text} onChange={(event) => onPut(event.currentTarget.value)}>
        {(kind === 'boolean' ? ['false', 'true'] : values).map((value) => (
          <option key={value}>{value}</option>
        ))}
      </select>
    )
  return (
    <input
      id={id}
      inputMode={kind === 'text' ? 'text' : kind === 'integer' ? 'numeric' : 'decimal'}
      spellcheck={false}
      autocomplete="off"
      value={text}
      onInput={(event) => onPut(event.currentTarget.value)}
    />
  )
}
