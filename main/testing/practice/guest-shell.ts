import { shellCommands } from './guest-commands.ts';
import type { SimulatedVm } from './simulated-vm.ts';

export type ShellOptions = {
  readonly vm: SimulatedVm;
  readonly tty: string;
  readonly nowMs: () => number;
  /** What it prints, with \r\n. */
  readonly print: (text: string) => void;
  /** The person asks the guest to go down. */
  readonly power: (how: 'reboot' | 'poweroff') => void;
};

/** Somebody at a terminal of the guest: a login, then a shell that knows a few commands. Any password is right unless one was set. */
export class GuestShell {
  readonly #options: ShellOptions;
  #line = '';
  #state: 'off' | 'login' | 'password' | 'shell' = 'off';
  #user = '';

  constructor(options: ShellOptions) {
    this.#options = options;
  }

  /** The issue and the question who is there. */
  greet(): void {
    const { system, hostname } = this.#options.vm.guest;
    this.#state = 'login';
    this.#options.print(
      `\r\n${system.prettyName} ${hostname} ${this.#options.tty}\r\n\r\n${hostname} login: `,
    );
  }

  input(text: string): void {
    for (const key of text) this.#key(key);
  }

  #key(key: string): void {
    if (this.#state === 'off') return;
    if (key === '\r' || key === '\n') return this.#enter();
    if (key === '\u007f' || key === '\b') return this.#erase();
    if (key === '\u0003') return this.#answer('^C');
    if (key === '\u0004' && this.#line === '')
      return this.#state === 'shell' ? this.#run('exit') : this.greet();
    if (key === '\u0015') {
      while (this.#line !== '') this.#erase();
      return;
    }
    if (key === '\u000c') {
      this.#options.print(`\u001b[2J\u001b[H${this.#prompt()}${this.#line}`);
      return;
    }
    if (key < ' ') return;
    this.#line += key;
    if (this.#state !== 'password') this.#options.print(key);
  }

  #erase(): void {
    if (this.#line === '') return;
    this.#line = this.#line.slice(0, -1);
    if (this.#state !== 'password') this.#options.print('\b \b');
  }

  #answer(text: string): void {
    this.#line = '';
    this.#options.print(`${text}\r\n${this.#prompt()}`);
  }

  #prompt(): string {
    const { hostname } = this.#options.vm.guest;
    if (this.#state === 'login') return `${hostname} login: `;
    if (this.#state === 'password') return 'Password: ';
    return `${this.#user}@${hostname}:~${this.#user === 'root' ? '#' : '$'} `;
  }

  #enter(): void {
    const line = this.#line;
    this.#line = '';
    this.#options.print('\r\n');
    if (this.#state === 'login') return this.#loginAs(line.trim());
    if (this.#state === 'password') return this.#password(line);
    this.#run(line.trim());
  }

  #loginAs(user: string): void {
    this.#user = user;
    if (user !== '') this.#state = 'password';
    this.#options.print(this.#prompt());
  }

  #password(password: string): void {
    const wanted = this.#options.vm.accounts.get(this.#user)?.password;
    if (wanted !== undefined && wanted !== password) {
      this.#state = 'login';
      return this.#options.print(`\r\nLogin incorrect\r\n${this.#prompt()}`);
    }
    this.#state = 'shell';
    const { system, hostname } = this.#options.vm.guest;
    this.#options.print(
      `Linux ${hostname} ${system.kernel} x86_64\r\n\r\nThis guest is simulated: type help for what it knows.\r\n${this.#prompt()}`,
    );
  }

  #run(line: string): void {
    const [name = '', ...words] = line.split(/\s+/);
    if (name === 'exit' || name === 'logout') return this.greet();
    if (name === 'clear') return this.#options.print(`\u001b[2J\u001b[H${this.#prompt()}`);
    if (name === 'reboot' || name === 'poweroff' || name === 'shutdown') {
      this.#state = 'off';
      this.#options.print('\r\nThe system is going down NOW!\r\n');
      return this.#options.power(name === 'reboot' || words.includes('-r') ? 'reboot' : 'poweroff');
    }
    const { vm, nowMs } = this.#options;
    const command = shellCommands[name];
    const answer =
      name === ''
        ? ''
        : command === undefined
          ? `-bash: ${name}: command not found`
          : command({ vm, nowMs: nowMs(), words, user: this.#user });
    const text = answer === '' ? '' : `${answer.replaceAll('\n', '\r\n')}\r\n`;
    this.#options.print(text + this.#prompt());
  }
}
