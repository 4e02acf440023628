// Reads a contact file as RDV-Insertion's page does, and gives each person of a list their contact.
//
// Written from what its page does (rdv-insertion.md, 1.2 to 1.5), with the library it uses:
// 1. the name ends in lower-case .csv or .txt; only the sheet "Sheet1" is read, as formatted text;
// 2. headers are looked for without case, accents or double spaces, and then read by their exact names;
// 3. a person is found by the first 13 characters of the NIR, else by MATRICULE padded to 7;
// 4. the first number that begins with 06 or 07, else the first; the e-mail in lower case.
//
// In: { name, body (base64), people: [{ nir, affiliation_number }] }.
// Out: { refused } or { contacts: [{ phone_number, email } or null] }.
"use strict";
const XLSX = require("xlsx");

const PHONE = "NUMERO TELEPHONE DOSSIER";
const PHONE_2 = "NUMERO TELEPHONE 2 DOSSIER";
const EMAIL = "ADRESSE ELECTRONIQUE DOSSIER";
const MANDATORY = ["MATRICULE", PHONE, PHONE_2, EMAIL];

const parameterized = (text) =>
  text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/n°/g, "numero")
    .replace(/'/g, "-")
    .replace(/\s+/g, " ")
    .trim();

const text = (cell) => (cell === undefined || cell === null ? "" : String(cell));
const bare = (cell) => text(cell).replace(/\s/g, "");
const padded = (number) => text(number).padStart(7, "0");
const isMobile = (number) => number.startsWith("06") || number.startsWith("07");

function rowsOf(name, body) {
  if (!name.endsWith(".csv") && !name.endsWith(".txt")) return { refused: "extension" };
  const bytes = Uint8Array.from(Buffer.from(body, "base64"));
  const book = XLSX.read(bytes.buffer, { type: "array" });
  const sheet = book.Sheets.Sheet1;
  if (sheet === undefined) return { refused: "sheet" };
  const header = XLSX.utils.sheet_to_json(sheet, { header: 1, raw: false })[0] || [];
  const known = new Set(header.map((cell) => parameterized(text(cell))));
  const missing = MANDATORY.filter((column) => !known.has(parameterized(column)));
  if (missing.length > 0) return { refused: `columns ${missing.join(", ")}` };
  return { rows: XLSX.utils.sheet_to_json(sheet, { raw: false }) };
}

function contactOf(person, rows) {
  const nir = text(person.nir).slice(0, 13);
  const number = text(person.affiliation_number);
  const row =
    (nir && rows.find((one) => text(one.NIR).slice(0, 13) === nir)) ||
    (number && rows.find((one) => padded(one.MATRICULE) === padded(number)));
  if (!row) return null;
  const [first, second] = [bare(row[PHONE]), bare(row[PHONE_2])];
  const phone = !isMobile(first) && isMobile(second) ? second : first;
  return { phone_number: phone, email: bare(row[EMAIL]).toLowerCase() };
}

const asked = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { refused, rows } = rowsOf(asked.name, asked.body);
const answer = refused
  ? { refused }
  : { rows: rows.length, contacts: asked.people.map((person) => contactOf(person, rows)) };
process.stdout.write(JSON.stringify(answer));
