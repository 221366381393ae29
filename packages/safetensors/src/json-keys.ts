// Finds a key that occurs twice in one object of a JSON text. JSON.parse keeps the
// last of two equal keys without a word, which would let two programs see two
// different tensors in one file. Not a parser: the text must be valid JSON already.

/** The first repeated key of any object of `text`, or undefined. */
export function findDuplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "{") open.push(new Set());
    else if (character === "[") open.push(undefined);
    else if (character === "}" || character === "]") open.pop();
    else if (character === '"') {
      const start = i;
      i = stringEnd(text, start);
      if (!isKey(text, i + 1)) continue;
      const key: string = JSON.parse(text.slice(start, i + 1));
      const keys = open.at(-1)!;
      if (keys.has(key)) return key;
      keys.add(key);
    }
  }
  return undefined;
}

/** Position of the quote that ends the string that starts at `start`. */
function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
  return i;
}

function isKey(text: string, after: number): boolean {
  let i = after;
  while (text[i] === " " || text[i] === "\t" || text[i] === "\n" || text[i] === "\r") i++;
  return text[i] === ":";
}
