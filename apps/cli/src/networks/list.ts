// `csi-feedback networks`: what networks there are.
import { otherSystems, paperSystems, startCountingBackend } from "@csi-feedback/experiments";
import { printTable } from "../text-table";

export async function listNetworks({ json }: { readonly json?: boolean }): Promise<void> {
  await startCountingBackend();
  const rows = [...paperSystems, ...otherSystems].map((system) => {
    const { title, network: name, description, ownReading } = system;
    const network = system.create(8);
    const parameters = { ue: network.parameterCount("ue"), bs: network.parameterCount("bs") };
    return { name, title, description, ownReading, parameters };
  });
  if (json) {
    process.stdout.write(`${JSON.stringify({ ratio: "1/8", networks: rows }, null, 2)}\n`);
    return;
  }
  printTable(
    ["name", "system", "UE parameters", "BS parameters", "what it is"],
    rows.map(({ name, title, description, ownReading, parameters: { ue, bs } }) => [
      name,
      title,
      ue.toLocaleString("en-US"),
      bs.toLocaleString("en-US"),
      ownReading ? `OUR READING: ${description}` : description,
    ]),
  );
  process.stdout.write(
    "\nParameters at a ratio of 1/8. OUR READING: neither text nor code was found, only the sizes in the paper's Table IV.\n",
  );
}
