// HTML by template strings: what is filled in is escaped, unless it is HTML made here.

/** HTML that needs no escaping any more. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** What a template may be filled with. */
export type Fill = string | number | undefined | false | Html | readonly Fill[];

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function fillIn(value: Fill): string {
  if (value === undefined || value === false) return "";
  if (value instanceof Html) return value.text;
  if (typeof value === "string") return value.replace(/[&<>"']/g, (character) => entities[character]);
  return typeof value === "number" ? String(value) : value.map(fillIn).join("");
}

/** The tag of HTML templates. */
export function html(strings: TemplateStringsArray, ...values: readonly Fill[]): Html {
  return new Html(String.raw({ raw: strings }, ...values.map(fillIn)));
}
