// A list of a class from a file, put into the text box: spreadsheets save in more than one encoding.

const decoded = (bytes: ArrayBuffer): string => {
  const [first, second] = new Uint8Array(bytes);
  const isLittle = (first === 0xff && second === 0xfe) || second === 0;
  const isBig = (first === 0xfe && second === 0xff) || first === 0;
  try {
    return new TextDecoder(isLittle ? "utf-16le" : isBig ? "utf-16be" : "utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
};

export const readFiles = (input: HTMLInputElement) => {
  const box = input.form?.querySelector("textarea");
  const label = input.closest("label");
  if (label) label.hidden = false;
  input.addEventListener("change", async () => {
    const file = input.files?.[0];
    if (file && box) box.value = decoded(await file.arrayBuffer());
  });
};
