// Prints what each audit of graphql-http finds at an address, as JSON.
import { auditServer } from 'graphql-http';

const found = await auditServer({ url: process.argv[2] });
console.log(JSON.stringify(found.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
