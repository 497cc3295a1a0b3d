/** A graph that is refused. `▸` stands where the fault is told to be. */
export interface BadGraph {
  readonly text: string
  /** What the sentence says of what was found, and of what is allowed. */
  readonly found: string
  readonly allowed: string
}

const node = 'a: {model: adder, version: 1.0.0}'

/** Wrong by themselves: nobody has to be asked for their nodes. */
export const badByThemselves: Readonly<Record<string, BadGraph>> = {
  'no object': { text: '▸just a text\n', found: "'just a text'", allowed: 'an object of inputs' },
  'no YAML': { text: 'nodes:\n  a: {model: adder\n▸output: a\n', found: 'Flow map', allowed: 'YAML' },
  'a tab for a space': { text: 'nodes:\n▸\ta: 1\n', found: 'Tabs', allowed: 'YAML' },
  'a key twice': {
    text: `nodes: {${node}}\noutput: a\n▸output: a\n`,
    found: 'stands there twice',
    allowed: 'YAML',
  },
  'an unknown key': {
    text: `▸node: {${node}}\nnodes: {${node}}\noutput: a\n`,
    found: "unknown key 'node', did you mean 'nodes'?",
    allowed: 'inputs, nodes, output or outputs',
  },
  'no nodes': { text: '▸output: input.x\n', found: 'missing', allowed: 'at least one node' },
  'nodes that are a list': {
    text: 'nodes: ▸[a, b]\noutput: a\n',
    found: '["a","b"]',
    allowed: 'at least one node',
  },
  'no output': {
    text: `▸nodes: {${node}}\n`,
    found: 'missing',
    allowed: 'an expression of what the graph answers',
  },
  'a name with a dash': {
    text: 'nodes:\n  ▸a-b: {model: adder, version: 1.0.0}\noutput: input.x\n',
    found: "the name 'a-b'",
    allowed: 'a-z, 0-9 and _',
  },
  'a name of something else': {
    text: 'nodes:\n  ▸item: {model: adder, version: 1.0.0}\noutput: item\n',
    found: 'which expressions use for something else',
    allowed: 'any other than input',
  },
  'a node that is a text': {
    text: 'nodes:\n  a: ▸adder\noutput: a\n',
    found: "'adder'",
    allowed: 'a step: an object with model',
  },
  'a node of nothing': { text: 'nodes:\n  a: ▸\noutput: a\n', found: 'missing', allowed: 'a step' },
  'no kind of step': {
    text: 'nodes:\n  ▸a: {timeoutMs: 3}\noutput: a\n',
    found: 'no kind of step',
    allowed: 'one of model, value',
  },
  'two kinds at once': {
    text: "nodes:\n  ▸a: {model: adder, version: 1.0.0, value: '1'}\noutput: a\n",
    found: 'model and value at once',
    allowed: 'one of model',
  },
  'a slip in a kind': {
    text: 'nodes:\n  a: {▸modl: adder, version: 1.0.0}\noutput: a\n',
    found: "'modl', did you mean 'model'?",
    allowed: 'model',
  },
  'a key of another kind': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0, ▸each: b}\noutput: a\n',
    found: "the unknown key 'each'",
    allowed: 'retry',
  },
  'a model that cannot be called so': {
    text: 'nodes:\n  a: {model: ▸Adder, version: 1.0.0}\noutput: a\n',
    found: "'Adder'",
    allowed: '2 to 40 of a-z',
  },
  'no version': {
    text: 'nodes:\n  ▸a: {model: adder}\noutput: a\n',
    found: 'missing',
    allowed: 'a range such as ^1.4, or an alias',
  },
  'a version that is none': {
    text: 'nodes:\n  a: {model: adder, version: ▸latest}\noutput: a\n',
    found: "'latest'",
    allowed: '1.4.0',
  },
  'a version and an alias': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0, ▸alias: live}\noutput: a\n',
    found: 'a version and an alias',
    allowed: 'one of them',
  },
  'an alias that cannot be called so': {
    text: 'nodes:\n  a: {model: adder, alias: ▸Live!}\noutput: a\n',
    found: "'Live!'",
    allowed: '1 to 39',
  },
  'a retry too many': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0, retry: ▸3}\noutput: a\n',
    found: '3',
    allowed: "'once'",
  },
  'a timeout of nothing': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0, timeoutMs: ▸0}\noutput: a\n',
    found: '0',
    allowed: 'a whole number from 1',
  },
  'an expression that YAML takes for an object': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0, input: ▸{x: input.x}}\noutput: a\n',
    found: '{"x"',
    allowed: 'put quotes around',
  },
  'an expression that ends too soon': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0, input: 'input.x +▸'}\noutput: a\n",
    found: 'no JSONata',
    allowed: 'a JSONata expression',
  },
  'an expression with a stray sign': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0, input: 'input.x ▸) 1'}\noutput: a\n",
    found: 'no JSONata',
    allowed: 'a JSONata expression',
  },
  'a name that is no node': {
    text: `nodes: {${node}}\noutput: '{"y": a, "z": ▸aa}'\n`,
    found: "'aa', which is no node, did you mean 'a'?",
    allowed: 'input, a',
  },
  'a fault in a block': {
    text: `nodes:\n  ${node}\noutput: |\n  {\n    "y": a,\n    "z": ▸b\n  }\n`,
    found: "'b', which is no node",
    allowed: 'input, a',
  },
  'the time': {
    text: `nodes: {${node}}\noutput: 'a + ▸$millis()'\n`,
    found: 'a call of $millis',
    allowed: 'always give the same',
  },
  chance: {
    text: `nodes: {${node}}\noutput: 'a + ▸$random()'\n`,
    found: 'a call of $random',
    allowed: 'always give the same',
  },
  'what nobody can look into': {
    text: `nodes: {${node}}\noutput: '▸$eval("a")'\n`,
    found: 'a call of $eval',
    allowed: 'built-in functions',
  },
  'a pattern': {
    text: `nodes: {${node}}\noutput: '$contains(input.t, ▸/(a+)+$/)'\n`,
    found: 'a pattern',
    allowed: 'a text',
  },
  'a function with a name': {
    text: `nodes: {${node}}\noutput: '($f ▸:= function($n) { $f($n) }; a)'\n`,
    found: 'a function with a name',
    allowed: '$map',
  },
  'a call of whatever there is': {
    text: `nodes: {${node}}\noutput: '▸$f(a)'\n`,
    found: 'a call of $f',
    allowed: 'built-in',
  },
  'everything at once': {
    text: `nodes: {${node}}\noutput: '▸*.y'\n`,
    found: "'*'",
    allowed: 'the names that are meant',
  },
  'all there is': {
    text: `nodes: {${node}}\noutput: '$string(▸$$)'\n`,
    found: "'$$' by itself",
    allowed: 'input, or a node',
  },
  'a list without end': {
    text: `nodes: {${node}}\noutput: '[1▸..1000000000]'\n`,
    found: "'..'",
    allowed: 'at most 1000 apart',
  },
  'a circle': {
    text: 'nodes:\n  ▸a: {model: adder, version: 1.0.0, input: b}\n  b: {model: adder, version: 1.0.0, input: c}\n  c: {model: adder, version: 1.0.0, input: a}\noutput: a\n',
    found: 'in a circle: a needs b needs c needs a',
    allowed: 'needs none that needs it',
  },
  'a node in need of itself': {
    text: 'nodes:\n  ▸a: {model: adder, version: 1.0.0, input: a}\noutput: a\n',
    found: 'in need of itself',
    allowed: 'needs none',
  },
  'a node that nothing needs': {
    text: `nodes:\n  ${node}\n  ▸b: {model: adder, version: 1.0.0}\noutput: a\n`,
    found: "'b', which the output needs by no way",
    allowed: 'leave it out',
  },
  'an ensemble of one': {
    text: `nodes:\n  a: {ensemble: ▸[{model: adder, version: 1.0.0}], combine: mean}\noutput: a\n`,
    found: 'a list of 1',
    allowed: 'a list of 2 to 20 steps',
  },
  'an ensemble that is not combined': {
    text: "nodes:\n  ▸a: {ensemble: [{value: '1'}, {value: '2'}]}\noutput: a\n",
    found: 'missing',
    allowed: 'mean, weighted, majority',
  },
  'a word that is none': {
    text: "nodes:\n  a: {ensemble: [{value: '1'}, {value: '2'}], combine: ▸meen}\noutput: a\n",
    found: "'meen', which is no node, did you mean 'mean'?",
    allowed: 'answers',
  },
  'no weights': {
    text: "nodes:\n  ▸a: {ensemble: [{value: '1'}, {value: '2'}], combine: weighted}\noutput: a\n",
    found: 'missing',
    allowed: 'a list of weights',
  },
  'too few weights': {
    text: "nodes:\n  a: {ensemble: [{value: '1'}, {value: '2'}], combine: weighted, weights: ▸[1]}\noutput: a\n",
    found: '1 weights',
    allowed: '2, one a member',
  },
  'weights of nothing': {
    text: "nodes:\n  a: {ensemble: [{value: '1'}, {value: '2'}], combine: weighted, weights: ▸[0, 0]}\noutput: a\n",
    found: 'nothing but zeros',
    allowed: 'above 0',
  },
  'weights for a mean': {
    text: "nodes:\n  a: {ensemble: [{value: '1'}, {value: '2'}], combine: mean, weights: ▸[1, 2]}\noutput: a\n",
    found: '[1,2]',
    allowed: "unless combine is 'weighted'",
  },
  'a switch without a way out': {
    text: "nodes:\n  ▸a: {switch: [{when: 'true', then: {value: '1'}}]}\noutput: a\n",
    found: 'missing',
    allowed: 'a step',
  },
  'a case without a condition': {
    text: "nodes:\n  a: {switch: [▸{then: {value: '1'}}], otherwise: {value: '2'}}\noutput: a\n",
    found: 'missing',
    allowed: 'a condition',
  },
  'a case with a slip': {
    text: "nodes:\n  a: {switch: [{▸wen: 'true', when: 'true', then: {value: '1'}}], otherwise: {value: '2'}}\noutput: a\n",
    found: "'wen', did you mean 'when'?",
    allowed: 'when or then',
  },
  'a stage that is always taken': {
    text: 'nodes:\n  a: {cascade: [▸{model: adder, version: 1.0.0}, {model: adder, version: 1.0.0}]}\noutput: a\n',
    found: 'missing',
    allowed: 'a condition under which',
  },
  'a last stage with a condition': {
    text: "nodes:\n  a: {cascade: [{model: adder, version: 1.0.0, accept: 'true'}, {value: '1', ▸accept: 'true'}]}\noutput: a\n",
    found: 'a condition on the last stage',
    allowed: 'none',
  },
  'a map of nothing': {
    text: 'nodes:\n  ▸a: {map: input.list}\noutput: a\n',
    found: 'missing',
    allowed: 'a step',
  },
  'an item outside of a map': {
    text: "nodes:\n  a: {map: input.list, each: {value: item}}\noutput: '▸item'\n",
    found: "'item', which is no node",
    allowed: 'input, a',
  },
  'too many calls at once': {
    text: 'nodes:\n  a: {map: input.list, each: {value: item}, concurrency: ▸100}\noutput: a\n',
    found: '100',
    allowed: 'from 1 to 32',
  },
  'a fallback to nothing': {
    text: 'nodes:\n  a: {fallback: ▸[{model: adder, version: 1.0.0}]}\noutput: a\n',
    found: 'a list of 1',
    allowed: '2 to 20',
  },
  'an input of no type': {
    text: `inputs:\n  - {name: x, type: ▸flot32}\nnodes: {${node}}\noutput: a\n`,
    found: "'flot32', did you mean 'float32'?",
    allowed: 'float32',
  },
  'an input twice': {
    text: `inputs:\n  - {name: x, type: float32}\n  - {name: ▸x, type: float32}\nnodes: {${node}}\noutput: a\n`,
    found: 'for the second time',
    allowed: 'each name once',
  },
  'a shape that is none': {
    text: `inputs:\n  - {name: x, type: float32, shape: ▸[0]}\nnodes: {${node}}\noutput: a\n`,
    found: '[0]',
    allowed: 'a list of sizes',
  },
}

/** Wrong with what their nodes are: `adder` takes and answers a number, `words` takes a text, `pair` answers two things. */
export const badWithNodes: Readonly<Record<string, BadGraph>> = {
  'a model that is not there': {
    text: 'nodes:\n  a: {model: ▸nobody, version: 1.0.0}\noutput: a\n',
    found: 'no such model',
    allowed: 'a model of this platform',
  },
  itself: {
    text: 'nodes:\n  a: {model: ▸graph, version: 1.0.0}\noutput: a\n',
    found: "this graph's own",
    allowed: 'another model',
  },
  'a version that is not there': {
    text: 'nodes:\n  a: {model: adder, version: ▸1.0.7}\noutput: a\n',
    found: "'adder' has none such",
    allowed: 'one of 1.0.0',
  },
  'a range that nothing is in': {
    text: 'nodes:\n  a: {model: adder, version: ▸^2}\noutput: a\n',
    found: '^2',
    allowed: 'a range of accepted versions',
  },
  'an alias that is not there': {
    text: 'nodes:\n  a: {model: adder, alias: ▸staging}\noutput: a\n',
    found: 'alias staging',
    allowed: 'one of',
  },
  'a version that is gone': {
    text: 'nodes:\n  a: {model: gone, version: ▸1.0.0}\noutput: a\n',
    found: 'which is RETIRED',
    allowed: 'READY',
  },
  'a version without a signature': {
    text: 'nodes:\n  a: {model: ▸opaque, version: 1.0.0}\noutput: a\n',
    found: 'does not say what it takes',
    allowed: 'a signature',
  },
  'a text for a number': {
    text: `nodes:\n  a: {model: adder, version: 1.0.0}\n  b: {model: adder, version: 1.0.0, input: ▸'{"x": "one"}'}\noutput: '{"a": a, "b": b}'\n`,
    found: "'x' as string",
    allowed: 'float32',
  },
  'a number for a text': {
    text: 'nodes:\n  a: {model: adder, version: 1.0.0}\n  b: {model: words, version: 1.0.0, input: ▸a}\noutput: b\n',
    found: 'float32',
    allowed: 'string',
  },
  'a name too many': {
    text: `nodes:\n  a: {model: adder, version: 1.0.0, input: ▸'{"x": input.x, "y": 1}'}\noutput: a\n`,
    found: "with 'y'",
    allowed: 'x: float32',
  },
  'a name too few': {
    text: `nodes:\n  a: {model: both, version: 1.0.0, input: ▸'{"x": input.x}'}\noutput: a\n`,
    found: "without 'w'",
    allowed: 'w: string',
  },
  'a name that an answer does not have': {
    text: "nodes:\n  a: {model: pair, version: 1.0.0}\noutput: 'a.▸lable'\n",
    found: "there is no 'lable'",
    allowed: 'label, score',
  },
  'a member of a number': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0}\noutput: 'a.▸y'\n",
    found: "there is no 'y' in float32",
    allowed: 'the value itself',
  },
  'an input that nobody tells': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0, input: 'input.▸x * 2'}\noutput: a\n",
    found: "'input.x', and nothing tells what that is",
    allowed: "under 'inputs'",
  },
  'an input of two types': {
    text: `nodes:\n  a: {model: adder, version: 1.0.0}\n  ▸b: {model: words, version: 1.0.0, input: '{"w": input.x}'}\noutput: '{"a": a, "b": b}'\n`,
    found: "and 'a' takes it as x: float32",
    allowed: "under 'inputs'",
  },
  'a condition that is a number': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0}\n  b: {switch: [{when: ▸a, then: {value: '1'}}], otherwise: {value: '2'}}\noutput: b\n",
    found: 'a condition that gives float32',
    allowed: 'true or false',
  },
  'a mean of texts': {
    text: `nodes:\n  a:\n    ensemble:\n      - ▸{model: words, version: 1.0.0}\n      - {model: adder, version: 1.0.0}\n    combine: mean\noutput: a\n`,
    found: 'a member that answers string',
    allowed: 'numbers',
  },
  'an output that cannot be told': {
    text: "nodes:\n  a: {model: adder, version: 1.0.0}\noutput: ▸'$sort([a, 1])'\n",
    found: 'cannot be told',
    allowed: "under 'outputs'",
  },
  'an output too many': {
    text: 'outputs: [{name: y, type: float32}]\nnodes:\n  a: {model: adder, version: 1.0.0}\noutput: ▸\'{"y": a, "z": a}\'\n',
    found: "an object with 'z', which is no output",
    allowed: 'y',
  },
  'an output of another type': {
    text: 'outputs: [{name: y, type: string}]\nnodes:\n  a: {model: adder, version: 1.0.0}\noutput: ▸a\n',
    found: 'float32',
    allowed: 'string',
  },
}
