/** Answers with what it was given, and of what kind the first value of each column was. */
export function predict(inputs) {
  const names = Object.keys(inputs)
  const [first] = names
  return inputs[first].map((_, record) => ({
    ...Object.fromEntries(names.map((name) => [`echo_${name}`, inputs[name][record]])),
    given: names.map((name) => `${name} ${typeof inputs[name][record]}`),
  }))
}
