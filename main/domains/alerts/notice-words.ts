import {
  clockOf,
  noticeLines,
  noticeTitle,
  SEVERITY_WORDS,
} from '../../../shared/domains/alerts/alert-rules.ts';
import type { AlertSeverity, NoticeMessage } from '../../../shared/domains/alerts/alerts-contract.ts';

/** A notification in the form each kind of channel takes. */

export function mailWords(message: NoticeMessage): { subject: string; text: string; html: string } {
  const title = noticeTitle(message);
  return {
    subject: `[${message.environment}] ${title}`.replaceAll(/[\r\n]+/g, ' ').slice(0, 200),
    text: [title, '', ...noticeLines(message), '', footOf(message)].join('\n'),
    html: htmlOf(message, title),
  };
}

const COLOURS: Readonly<Record<AlertSeverity, string>> = {
  critical: '#b42318',
  warning: '#8a5a00',
  info: '#3b5bdb',
};

function htmlOf(message: NoticeMessage, title: string): string {
  const rows = message.alerts.map(
    (alert) =>
      `<tr><td style="padding:4px 12px 4px 0;color:${COLOURS[alert.severity]};font-weight:600;vertical-align:top">${SEVERITY_WORDS[alert.severity]}</td>` +
      `<td style="padding:4px 12px 4px 0;vertical-align:top"><b>${escaped(alert.subject.name)}</b><br>${escaped(alert.detail)}</td>` +
      `<td style="padding:4px 0;vertical-align:top;color:#57606a">${escaped(alert.rule)}<br>since ${clockOf(alert.since)}</td></tr>`,
  );
  const more = message.total - message.alerts.length;
  return [
    '<!doctype html><html><body style="font:14px/1.45 system-ui,sans-serif;color:#1f2328;background:#ffffff">',
    `<h2 style="font-size:16px;margin:0 0 8px">${escaped(title)}</h2>`,
    `<table style="border-collapse:collapse">${rows.join('')}</table>`,
    ...(more > 0 ? [`<p>and ${more} more</p>`] : []),
    `<p style="color:#57606a">${escaped(footOf(message))}</p></body></html>`,
  ].join('\n');
}

function footOf(message: NoticeMessage): string {
  return `Innkeeper, ${message.environment}, ${clockOf(message.at)}. See Alerts in the console: take one on, or silence it, and nobody is told again.`;
}

/** What a generic webhook is given; documented in docs/alerts.md. */
export function webhookBody(deliveryId: string, message: NoticeMessage): string {
  return JSON.stringify({ id: deliveryId, title: noticeTitle(message), ...message });
}

const SLACK_SECTION = 2900;

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks, blocks of at most 3000 characters, a header of 150. */
export function slackBody(message: NoticeMessage): string {
  const title = noticeTitle(message);
  return JSON.stringify({
    text: slackText(`[${message.environment}] ${title}`),
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title.slice(0, 150) } },
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: withinLines(
            noticeLines(message).map((line) => `• ${slackText(line)}`),
            SLACK_SECTION,
          ),
        },
      },
      {
        type: 'context',
        elements: [
          { type: 'plain_text', text: `${message.environment}, ${clockOf(message.at)}`.slice(0, 300) },
        ],
      },
    ],
  });
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function slackText(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const TELEGRAM_TEXT = 3900;

/** https://core.telegram.org/bots/api#sendmessage: at most 4096 characters; HTML needs only these escaped. */
export function telegramBody(chatId: string, message: NoticeMessage): string {
  const lines = [
    `<b>${slackText(`[${message.environment}] ${noticeTitle(message)}`.slice(0, 300))}</b>`,
    ...noticeLines(message).map((line) => `• ${slackText(line)}`),
  ];
  return JSON.stringify({
    chat_id: chatId,
    text: withinLines(lines, TELEGRAM_TEXT),
    parse_mode: 'HTML',
    link_preview_options: { is_disabled: true },
  });
}

/** Whole lines as long as they fit: half an entity would be refused. */
function withinLines(lines: readonly string[], most: number): string {
  let text = '';
  for (const [at, line] of lines.entries()) {
    const next = text === '' ? line : `${text}\n${line}`;
    if (next.length > most) return `${text}\n… ${lines.length - at} more lines`;
    text = next;
  }
  return text === '' ? 'Nothing.' : text;
}

function escaped(text: string): string {
  return slackText(text).replaceAll('"', '&quot;');
}
