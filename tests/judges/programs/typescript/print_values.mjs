// Loaded before a snippet: console.log prints JSON, in which a value that is there and undefined can be seen.

const seen = (value) => {
  if (value === undefined) return { undefined: true };
  if (value instanceof Date) return { date: value.toISOString() };
  if (Array.isArray(value)) return value.map(seen);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, seen(part)]));
};

console.log = (value) => process.stdout.write(`${JSON.stringify(seen(value))}\n`);
