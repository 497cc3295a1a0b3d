import { useState } from 'preact/hooks'
import { type Call, type Language, languagesFor, snippet } from '../view/call-snippets.ts'

/** The same call in the language that somebody writes in. */
export function Snippets({ call }: { readonly call: Call }) {
  const [chosen, setLanguage] = useState<Language>('curl')
  const language = languagesFor(call).find((one) => one === chosen) ?? 'curl'
  const [isCopied, setCopied] = useState(false)
  const text = snippet(language, call)
  const copy = async () => {
    await navigator.clipboard.writeText(text)
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  return (
    <div class="snippets">
      <div class="languages">
        {languagesFor(call).map((one) => (
          <button
            key={one}
            type="button"
            class="quiet"
            aria-pressed={one === language}
            onClick={() => setLanguage(one)}
          >
            {one}
          </button>
        ))}
        <button type="button" class="quiet copy" onClick={copy}>
          {isCopied ? 'Copied' : 'Copy'}
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls is reached by keyboard */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  )
}
