// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Withdrawal} from "../../../contracts/interfaces/IRevenueDesk.sol";
import {Deed} from "./Deed.sol";
import {Sales} from "./Sales.sol";

/// @title Ways into a credit and out of it: deposits, withdrawals one by one, several at once, by signature
abstract contract Revenue is Sales {
    bytes32 private constant WITHDRAW_TYPEHASH = keccak256(
        "Withdraw(address account,address token,uint256 amount,address to,uint256 nonce,uint256 deadline)"
    );
    bytes32 private constant WITHDRAWAL_TYPEHASH = keccak256("Withdrawal(address token,uint256 amount,address to)");
    bytes32 private constant WITHDRAW_MANY_TYPEHASH = keccak256(
        "WithdrawMany(address account,Withdrawal[] withdrawals,uint256 nonce,uint256 deadline)"
        "Withdrawal(address token,uint256 amount,address to)"
    );
    bytes32 private constant DEPOSIT_TYPEHASH = keccak256(
        "Deposit(address from,address account,address token,uint256 amount,uint256 validBefore,uint256 salt)"
    );

    mapping(bytes32 nonce => bool) private _spentAtDollar;

    function deposit(uint256 seed) external inTime {
        address from = _person(seed, 0);
        address token = _tokens[_roll(seed, 1, TOKENS)];
        address account = _account(seed, token);
        uint256 amount = _roll(seed, 2, 10 ** (1 + _roll(seed, 3, 12)));
        if (!_affords(from, token, amount + 1)) return;
        uint256 value = token == address(0) ? amount : 0;
        bool may = amount > 0 && !_isRefused(account, token);
        if (_roll(seed, 4, 24) == 0) (may, value) = (false, value + 1);
        if (value > _purses[from][address(0)]) return;
        bytes memory call_ = abi.encodeCall(escrow.deposit, (account, token, amount));
        if (_do(Deed.Deposit, from, value, call_, may, _isFair(token))) _deposits(from, account, token, amount);
    }

    /// @dev Dollars by an authorization whose salts are few, so that some are used twice.
    function depositBy3009(uint256 seed) external inTime {
        address[3] memory who = [_person(seed, 0), _account(seed, address(_usd)), address(_usd)];
        uint256[3] memory said = [_roll(seed, 2, 1000), _now + _roll(seed, 3, 10), _roll(seed, 4, 4)];
        bytes32 nonce = _digestOf(keccak256(abi.encode(DEPOSIT_TYPEHASH, who, said)));
        (bytes memory signature, bool may) = _authorizes(_hand(seed, who[0]), who[0], said[0], said[1], nonce);
        may = may && said[0] > 0 && _now < said[1] && !_spentAtDollar[nonce] && !_isRefused(who[1], who[2]);
        may = may && _affords(who[0], who[2], said[0]);
        bytes memory call_ = abi.encodeCall(
            escrow.depositWithAuthorization,
            (who[0], who[1], who[2], said[0], said[1], said[2], signature)
        );
        if (!_do(Deed.DepositBy3009, STRANGER, 0, call_, may, true)) return;
        _spentAtDollar[nonce] = true;
        _deposits(who[0], who[1], who[2], said[0]);
    }

    function withdraw(uint256 seed) external inTime {
        (address account, address token) = _someCredit(seed);
        uint256 amount = _upTo(seed, _credits[account][token]);
        bool elsewhere = _roll(seed, 1, 2) == 0;
        address to = elsewhere ? _account(seed, token) : account;
        bool may = _mayLeave(account, token, amount, to);
        bytes memory call_ =
            elsewhere
                ? abi.encodeCall(escrow.withdrawTo, (token, to, amount))
                : abi.encodeCall(escrow.withdraw, (token, amount));
        Deed deed = elsewhere ? Deed.WithdrawTo : Deed.Withdraw;
        if (_do(deed, account, 0, call_, may, _isFair(token))) _withdraws(account, token, amount, to);
    }

    function withdrawSigned(uint256 seed) external inTime {
        (address account, address token) = _someCredit(seed);
        address to = _account(seed, token);
        uint256[3] memory said = [_upTo(seed, _credits[account][token]), _roll(seed, 2, 32), _deadline(seed)];
        (bytes memory signature, bool may) = _signs(
            _hand(seed, account),
            account,
            keccak256(abi.encode(WITHDRAW_TYPEHASH, account, token, said[0], to, said[1], said[2]))
        );
        may = may && said[2] >= _now && !_nonces[account][said[1]] && _mayLeave(account, token, said[0], to);
        bytes memory call_ = abi.encodeCall(
            escrow.withdrawWithSignature,
            (account, token, said[0], to, said[1], said[2], signature)
        );
        if (!_do(Deed.WithdrawSigned, STRANGER, 0, call_, may, _isFair(token))) return;
        _nonces[account][said[1]] = true;
        _withdraws(account, token, said[0], to);
    }

    /// @dev Of one account in one to three tokens, perhaps one of them twice; all or nothing.
    function withdrawMany(uint256 seed) external inTime {
        (address account, address token) = _someCredit(seed);
        (Withdrawal[] memory all, bool may, bool sure) = _several(seed, account, token);
        bool did;
        if (_roll(seed, 9, 2) == 0) {
            did = _do(Deed.WithdrawMany, account, 0, abi.encodeCall(escrow.withdrawMany, (all)), may, sure);
        } else {
            uint256[2] memory said = [_roll(seed, 8, 32), _deadline(seed)];
            (bytes memory signature, bool good) = _signs(
                _hand(seed, account),
                account,
                keccak256(abi.encode(WITHDRAW_MANY_TYPEHASH, account, _hashOf(all), said))
            );
            may = may && good && said[1] >= _now && !_nonces[account][said[0]];
            bytes memory call_ = abi.encodeCall(
                escrow.withdrawManyWithSignature,
                (account, all, said[0], said[1], signature)
            );
            did = _do(Deed.WithdrawManySigned, STRANGER, 0, call_, may, sure);
            if (did) _nonces[account][said[0]] = true;
        }
        if (!did) return;
        for (uint256 i = 0; i < all.length; ++i) _withdraws(account, all[i].token, all[i].amount, all[i].to);
    }

    function _several(
        uint256 seed,
        address account,
        address token
    ) private view returns (Withdrawal[] memory all, bool may, bool sure) {
        all = new Withdrawal[](1 + _roll(seed, 1, 3));
        (may, sure) = (true, true);
        for (uint256 i = 0; i < all.length; ++i) {
            if (i > 0) token = _creditIn(account, _roll(seed, 2 + i, TOKENS));
            uint256 left = _credits[account][token];
            for (uint256 j = 0; j < i; ++j) {
                if (all[j].token == token) left = left > all[j].amount ? left - all[j].amount : 0;
            }
            all[i] = Withdrawal(token, _upTo(seed ^ i, left), _account(seed, token));
            may = may && all[i].amount <= left && _mayLeave(account, token, all[i].amount, all[i].to);
            sure = sure && _isFair(token);
        }
    }

    /// @dev A token in which the account has a credit, from that of this number on.
    function _creditIn(address account, uint256 first) private view returns (address token) {
        for (uint256 step = 0; step < TOKENS; ++step) {
            token = _tokens[(first + step) % TOKENS];
            if (_credits[account][token] > 0) return token;
        }
    }

    /// @dev Somebody, or seldom an address that no money may go to.
    function _account(uint256 seed, address token) private view returns (address) {
        uint256 who = _roll(seed, 0x150, 48);
        if (who == 0) return address(0);
        if (who == 1) return address(escrow);
        return who == 2 ? token : _person(seed, 0x151);
    }

    function _isRefused(address account, address token) private view returns (bool) {
        return account == address(0) || account == address(escrow) || account == token;
    }

    function _mayLeave(address account, address token, uint256 amount, address to) private view returns (bool) {
        bool takes = token != address(0) || _takesEther(to);
        return amount > 0 && amount <= _credits[account][token] && !_isRefused(to, token) && takes;
    }

    function _deposits(address from, address account, address token, uint256 amount) private {
        _enter(from, token, amount);
        _credits[account][token] += amount;
        _flows[token].deposited += amount;
    }

    function _withdraws(address account, address token, uint256 amount, address to) private {
        _credits[account][token] -= amount;
        _flows[token].withdrawn += amount;
        _leave(to, token, amount);
    }

    function _hashOf(Withdrawal[] memory all) private pure returns (bytes32) {
        bytes memory hashes;
        for (uint256 i = 0; i < all.length; ++i) {
            hashes = abi.encodePacked(hashes, keccak256(abi.encode(WITHDRAWAL_TYPEHASH, all[i])));
        }
        return keccak256(hashes);
    }
}
